//! XMP packets: where the settled recipe is kept, in every format that holds metadata.
//!
//! The recipe is the text of one element, `ravine:recipe`, in a description of its own. A packet that came with the picture keeps
//! the rest of what it says.

const OPEN: &str = r#"<rdf:Description rdf:about="" xmlns:ravine="https://github.com/ravine-rs/ravine/ns/1.0/"><ravine:recipe>"#;
const CLOSE: &str = "</ravine:recipe></rdf:Description>";
/// What a new description goes before.
const END: &str = "</rdf:RDF>";
const HEAD: &str = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">";
const TAIL: &str = "</rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>";

/// The packet to write: that of the picture without an older recipe, and the new recipe. Where both don't fit in `room` bytes the
/// picture's own is kept. The second is a sentence about what was left out.
pub(super) fn packet(packet: Option<&[u8]>, recipe: Option<&str>, room: usize) -> (Option<String>, Option<String>) {
    let theirs = packet.and_then(|p| std::str::from_utf8(p).ok()).map(without_recipe);
    let whole = theirs.filter(|k| recipe.is_none() || k.contains(END));
    let mut note = (packet.is_some() && whole.is_none()).then(|| "its XMP is damaged and was left out".to_string());
    let with = recipe.map(|recipe| with_recipe(whole.as_deref(), recipe));
    let asked = [&with, &whole].into_iter().flatten().map(String::len).next().unwrap_or(0);
    let had = whole.is_some();
    let found = [with, whole].into_iter().flatten().find(|p| p.len() <= room);
    if asked > room {
        let (what, kept) = match (recipe, &found) {
            (None, _) => ("its XMP was", ""),
            (Some(_), Some(_)) => ("the recipe was", ", its own XMP kept"),
            (Some(_), None) if had => ("XMP and recipe were", ""),
            (Some(_), None) => ("the recipe was", ""),
        };
        note = Some(format!("{what} left out{kept}: {asked} bytes are more than the {room} that fit; PNG and TIFF keep them"));
    }
    (found, note)
}

fn with_recipe(packet: Option<&str>, recipe: &str) -> String {
    let description = format!("{OPEN}{}{CLOSE}", escape(recipe));
    match packet.and_then(|p| p.rfind(END).map(|at| p.split_at(at))) {
        Some((before, after)) => format!("{before}{description}{after}"),
        None => format!("{HEAD}{description}{TAIL}"),
    }
}

/// The settled recipe that was written into a file, found as XMP is meant to be: by looking through the bytes.
///
/// ```
/// use ravine_image::{Grid, Image, io, picture::{Depth, Picture}};
/// let picture = Picture::new(Image::constant(Grid::new(1, 2, 2), 0.5), Depth::U8);
/// let options = io::WriteOptions { recipe: Some("method = \"tv\"  # λ < 9"), ..Default::default() };
/// let file = io::encode(&picture, io::Format::Png, &options)?;
/// assert_eq!(io::recipe(&file.bytes).as_deref(), options.recipe);
/// # Ok::<(), io::Error>(())
/// ```
pub fn recipe(file: &[u8]) -> Option<String> {
    let start = find(file, OPEN.as_bytes())? + OPEN.len();
    let length = find(&file[start..], CLOSE.as_bytes())?;
    std::str::from_utf8(&file[start..start + length]).ok().map(unescape)
}

/// Says "upright" wherever the packet speaks of the orientation, which has been applied.
pub(super) fn reset_orientation(packet: &mut [u8]) {
    for before in ["tiff:Orientation=\"", "tiff:Orientation='", "<tiff:Orientation>"] {
        if let Some(at) = find(packet, before.as_bytes())
            && let Some(digit @ b'1'..=b'8') = packet.get_mut(at + before.len())
        {
            *digit = b'1';
        }
    }
}

fn without_recipe(packet: &str) -> String {
    let cut = packet.find(OPEN).and_then(|start| Some((start, start + packet[start..].find(CLOSE)? + CLOSE.len())));
    match cut {
        Some((start, end)) => format!("{}{}", &packet[..start], &packet[end..]),
        None => packet.to_string(),
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|w| w == wanted)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_keeps_the_rest_and_only_the_newest_recipe() {
        let theirs = "<x:xmpmeta><rdf:RDF><rdf:Description xmp:Rating=\"5\"/></rdf:RDF></x:xmpmeta>";
        let with = |old: &str, recipe| packet(Some(old.as_bytes()), recipe, usize::MAX).0.unwrap();
        let once = with(theirs, Some("a & b"));
        let twice = with(&once, Some("<c>"));
        assert!(twice.contains("xmp:Rating=\"5\"") && twice.ends_with("</rdf:RDF></x:xmpmeta>"));
        assert_eq!(recipe(once.as_bytes()).unwrap(), "a & b");
        assert_eq!(recipe(twice.as_bytes()).unwrap(), "<c>");
        assert_eq!(with(&twice, None), theirs);
        assert_eq!(packet(None, None, usize::MAX), (None, None));
    }

    #[test]
    fn what_does_not_fit_or_is_damaged_is_left_out_with_a_sentence() {
        let theirs = format!("<rdf:RDF>{}</rdf:RDF>", "x".repeat(1_000));
        let (kept, note) = packet(Some(theirs.as_bytes()), Some("r"), 1_100);
        assert_eq!(kept.as_deref(), Some(theirs.as_str()));
        assert!(note.unwrap().starts_with("the recipe was left out, its own XMP kept: 1"));
        let (none, note) = packet(Some(theirs.as_bytes()), None, 1_000);
        assert_eq!((none, note.unwrap().starts_with("its XMP was left out: 1019 bytes")), (None, true));
        let (ours, note) = packet(Some(b"<rdf:RDF> cut"), Some("r"), 1_100);
        assert_eq!(
            (recipe(ours.unwrap().as_bytes()).unwrap(), note.unwrap()),
            ("r".into(), "its XMP is damaged and was left out".into())
        );
    }

    #[test]
    fn orientation_is_reset_in_both_spellings() {
        let mut packet = b"<a tiff:Orientation=\"6\"><tiff:Orientation>8</tiff:Orientation>".to_vec();
        reset_orientation(&mut packet);
        assert_eq!(packet, b"<a tiff:Orientation=\"1\"><tiff:Orientation>1</tiff:Orientation>");
    }
}
