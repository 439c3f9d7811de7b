//! A report: one HTML file that needs nothing else. Pictures and figures are inside it, and its own policy forbids every connection.
//!
//! It reads at 360 pixels, in grey, on paper, by keyboard and by screen reader: headings in order, captions, alternative texts, regions
//! that scroll are reachable by Tab.

pub mod base64;
pub mod descent;
pub mod landscape;
pub mod lesson;
pub mod race;
pub mod restoration;

use crate::escape;
use crate::plot::Figure;
use ravine::Result;
use ravine::image::io::{Format, WriteOptions, encode};
use ravine::image::{self, Image, picture::Depth};
use std::fmt::Write;

/// What stands on the page, from top to bottom.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The heading and the title of the window.
    pub title: String,
    /// What was found, in a sentence or two.
    pub summary: String,
    /// The parts.
    pub blocks: Vec<Block>,
    /// The command line that makes this page again.
    pub command: String,
    /// What made it, such as `ravine 0.1.0`.
    pub made_by: String,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading of the second level.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// Pictures side by side, where there is room, each pixel one pixel.
    Pictures(Vec<Picture>),
    /// The panels of a figure.
    Figure(Figure),
    /// Numbers.
    Table(Table),
    /// A formula, in the letters of the paper.
    Formula(String),
    /// One word that matters, and what it is about.
    Verdict {
        /// The word.
        word: String,
        /// What it is about.
        of: String,
    },
    /// Statements, each of which was found true or false, or is left open.
    Cases(Vec<(String, Option<bool>)>),
    /// Ways to other pages.
    Links(Vec<Link>),
    /// A table of contents.
    Contents(Contents),
}

/// A way to another page.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// What is read.
    pub text: String,
    /// The file, beside this one.
    pub file: String,
}

/// Pages, with a word and a line about each.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// Above them.
    pub heading: String,
    /// In order.
    pub entries: Vec<Entry>,
}

/// A line of a table of contents.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The way to it.
    pub page: Link,
    /// A sign for those who see, which says no more than the word.
    pub sign: char,
    /// The word that matters.
    pub word: String,
    /// What the page is about.
    pub line: String,
}

/// A picture, encoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Below the picture.
    pub caption: String,
    /// What it shows, for those who do not see it.
    pub alternative: String,
    /// The PNG file.
    pub png: Vec<u8>,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Picture {
    /// An image as an 8-bit PNG; of channels other than 1 or 3, the first one.
    ///
    /// # Errors
    /// It holds NaN or ∞.
    pub fn of(image: &Image, caption: &str, alternative: &str) -> Result<Self> {
        let (width, height) = (image.grid().width, image.grid().height);
        let png = encode(&image::Picture::new(shown(image), Depth::U8), Format::Png, &WriteOptions::default())?.bytes;
        Ok(Picture { caption: caption.into(), alternative: alternative.into(), png, width, height })
    }
}

/// As a screen can show it: one channel or three.
fn shown(image: &Image) -> Image {
    match image.grid().channels {
        1 | 3 => image.clone(),
        _ => Image::from_fn(image.grid().grey(), |_, y, x| image.at(0, y, x)),
    }
}

/// Numbers in rows. The first cell of a row names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Above the table.
    pub caption: String,
    /// One name a column.
    pub header: Vec<String>,
    /// As many cells as the header has, each.
    pub rows: Vec<Vec<String>>,
}

/// Pixels across that every window has.
const TELEPHONE: usize = 320;

const STYLE: &str = include_str!("report/page.css");

impl Report {
    /// The page. All text is escaped.
    pub fn html(&self) -> String {
        let mut body = String::new();
        for block in &self.blocks {
            block.write(&mut body);
        }
        let (title, summary, command, made_by) =
            (escape(&self.title), escape(&self.summary), escape(&self.command), escape(&self.made_by));
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\" />\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p class=\"summary\">{summary}</p>\n\
             {body}<h2>Make this page again</h2>\n\
             <pre tabindex=\"0\" role=\"region\" aria-label=\"Command line\"><code>{command}</code></pre>\n\
             <p class=\"made-by\">Made by {made_by}.</p>\n</main>\n</body>\n</html>\n"
        )
    }
}

impl Block {
    fn write(&self, out: &mut String) {
        // Writing into a String cannot fail.
        let _ = match self {
            Block::Heading(text) => writeln!(out, "<h2>{}</h2>", escape(text)),
            Block::Text(text) => writeln!(out, "<p>{}</p>", escape(text)),
            Block::Pictures(pictures) => {
                let all: String = pictures.iter().map(Picture::html).collect();
                writeln!(out, "<div class=\"pictures\">\n{all}</div>")
            }
            Block::Figure(figure) => {
                let panels: String = figure.panel_svgs().iter().map(|svg| format!("<div class=\"panel\">{svg}</div>\n")).collect();
                let sides = figure.panels.len() > 1 && figure.description.contains("Left,");
                let hint = if sides { " <span class=\"hint\">(Left comes first here, then right.)</span>" } else { "" };
                let description = escape(&figure.description);
                writeln!(out, "<figure class=\"panels\">\n{panels}<figcaption>{description}{hint}</figcaption>\n</figure>")
            }
            Block::Table(table) => writeln!(out, "{}", table.html()),
            Block::Formula(formula) => writeln!(out, "<p class=\"formula\">{}</p>", escape(formula)),
            Block::Verdict { word, of } => {
                writeln!(out, "<p class=\"verdict\">{}: <strong>{}</strong></p>", escape(of), escape(word))
            }
            Block::Cases(cases) => {
                let case = |(says, known): &(String, Option<bool>)| {
                    let (mark, word) = match known {
                        Some(true) => ("✓", "holds"),
                        Some(false) => ("✗", "does not hold"),
                        None => ("?", "not decided"),
                    };
                    format!("<li><span aria-hidden=\"true\">{mark}</span> {}: {word}</li>\n", escape(says))
                };
                writeln!(out, "<ul class=\"cases\" role=\"list\">\n{}</ul>", cases.iter().map(case).collect::<String>())
            }
            Block::Links(links) => {
                let all: Vec<String> = links.iter().map(Link::html).collect();
                writeln!(out, "<nav aria-label=\"Lessons\">{}</nav>", all.join(" · "))
            }
            Block::Contents(contents) => writeln!(out, "{}", contents.html()),
        };
    }
}

impl Picture {
    fn html(&self) -> String {
        let (caption, alternative) = (escape(&self.caption), escape(&self.alternative));
        let (width, height, data) = (self.width, self.height, base64::encode(&self.png));
        let hint =
            if width > TELEPHONE { " <span class=\"hint\">⟷ scrolls sideways: each pixel is one pixel</span>" } else { "" };
        format!(
            "<figure>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\
             <img alt=\"{alternative}\" width=\"{width}\" height=\"{height}\" src=\"data:image/png;base64,{data}\" /></div>\n\
             <figcaption>{caption} ({width}\u{a0}×\u{a0}{height}\u{a0}pixels){hint}</figcaption>\n</figure>\n"
        )
    }
}

impl Link {
    fn html(&self) -> String {
        format!("<a href=\"{}\">{}</a>", escape(&self.file), escape(&self.text))
    }
}

impl Table {
    /// Whether column `i` holds numbers, which stand below one another, or words, which may fill lines.
    fn of_numbers(&self, i: usize) -> bool {
        let number = |cell: &str| cell.starts_with(|c: char| c.is_ascii_digit() || "+-−±–≤≥∞".contains(c));
        let cells = || self.rows.iter().map(|row| row[i].as_str()).filter(|cell| !cell.is_empty());
        2 * cells().filter(|cell| number(cell)).count() >= cells().count()
    }

    fn html(&self) -> String {
        let caption = escape(&self.caption);
        let class: Vec<&str> = (0..self.header.len()).map(|i| if self.of_numbers(i) { "" } else { " class=\"words\"" }).collect();
        let head = |(name, class): (&String, &&str)| match name.as_str() {
            "" => "<td></td>".into(), // a header without a word is none
            name => format!("<th scope=\"col\"{class}>{}</th>", escape(name)),
        };
        let head: String = self.header.iter().zip(&class).map(head).collect();
        let cell = |(i, cell): (usize, &String)| match i {
            0 => format!("<th scope=\"row\">{}</th>", escape(cell)),
            _ => format!("<td{}>{}</td>", class[i], escape(cell)),
        };
        let row = |row: &Vec<String>| format!("<tr>{}</tr>\n", row.iter().enumerate().map(cell).collect::<String>());
        let rows: String = self.rows.iter().map(row).collect();
        format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n<table>\n\
             <caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>"
        )
    }
}

impl Contents {
    fn html(&self) -> String {
        let entry = |e: &Entry| {
            let (page, sign, word, line) = (e.page.html(), e.sign, escape(&e.word), escape(&e.line));
            format!("<li>{page} <strong><span aria-hidden=\"true\">{sign}</span> {word}</strong> <span>{line}</span></li>\n")
        };
        let entries: String = self.entries.iter().map(entry).collect();
        format!("<h2>{}</h2>\n<ul class=\"contents\" role=\"list\">\n{entries}</ul>", escape(&self.heading))
    }
}
