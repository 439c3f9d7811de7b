//! What a person looks at: figures, reports, and the lessons of the course.

pub mod lesson;
pub mod plot;
pub mod report;

/// `text` for HTML and SVG, between tags and in quoted attributes.
///
/// ```
/// assert_eq!(ravine_show::escape("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
/// ```
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(printable(c)),
        }
    }
    out
}

/// `c`, or a replacement for the control characters and non-characters that are in neither XML nor HTML.
fn printable(c: char) -> char {
    let refused = c.is_control() && !matches!(c, '\n' | '\t' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}');
    if refused { '\u{fffd}' } else { c }
}
