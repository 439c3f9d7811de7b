//! XMP packets: where the settled recipe is kept, in every format that holds metadata.
//!
//! The recipe is the text of one element, `ravine:recipe`, in a description of its own. A packet that came with the picture keeps
//! the rest of what it says.

const OPEN: &str = r#"<rdf:Description rdf:about="" xmlns:ravine="https://github.com/ravine-rs/ravine/ns/1.0/"><ravine:recipe>"#;
const CLOSE: &str = "</ravine:recipe></rdf:Description>";
const HEAD: &str = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">";
const TAIL: &str = "</rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>";

/// The packet to write: that of the picture without an older recipe, and the new recipe.
pub(super) fn with_recipe(packet: Option<&[u8]>, recipe: Option<&str>) -> Option<String> {
    let kept = packet.and_then(|p| std::str::from_utf8(p).ok()).map(without_recipe);
    let Some(recipe) = recipe else { return kept };
    let description = format!("{OPEN}{}{CLOSE}", escape(recipe));
    match kept.as_ref().and_then(|k| k.rfind("</rdf:RDF>").map(|at| k.split_at(at))) {
        Some((before, after)) => Some(format!("{before}{description}{after}")),
        None => Some(format!("{HEAD}{description}{TAIL}")),
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
        let once = with_recipe(Some(theirs.as_bytes()), Some("a & b")).unwrap();
        let twice = with_recipe(Some(once.as_bytes()), Some("<c>")).unwrap();
        assert!(twice.contains("xmp:Rating=\"5\"") && twice.ends_with("</rdf:RDF></x:xmpmeta>"));
        assert_eq!(recipe(once.as_bytes()).unwrap(), "a & b");
        assert_eq!(recipe(twice.as_bytes()).unwrap(), "<c>");
        assert_eq!(with_recipe(Some(twice.as_bytes()), None).unwrap(), theirs);
        assert_eq!(with_recipe(None, None), None);
    }

    #[test]
    fn orientation_is_reset_in_both_spellings() {
        let mut packet = b"<a tiff:Orientation=\"6\"><tiff:Orientation>8</tiff:Orientation>".to_vec();
        reset_orientation(&mut packet);
        assert_eq!(packet, b"<a tiff:Orientation=\"1\"><tiff:Orientation>1</tiff:Orientation>");
    }
}
