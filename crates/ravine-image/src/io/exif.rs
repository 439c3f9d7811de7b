//! EXIF is a small TIFF: directories of tags. JPEG, PNG and WebP carry it whole; a TIFF has the directories among its own.
//!
//! This turns one form into the other. What is copied: the tags that describe the picture (maker, model, times, author, copyright,
//! resolution), the camera's directory and the place's. Notes of the maker that point into the old file are copied as they stand.

/// One tag: its number, its type, its numbers as little-endian bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) tag: u16,
    pub(super) kind: u16,
    pub(super) value: Vec<u8>,
}

/// The directories of a picture's EXIF.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Exif {
    /// About the picture: what a TIFF has among its own tags.
    pub(super) main: Vec<Entry>,
    /// About the exposure.
    pub(super) camera: Vec<Entry>,
    /// About the place.
    pub(super) place: Vec<Entry>,
}

/// Where the camera's directory is.
pub(super) const CAMERA: u16 = 0x8769;
/// Where the place's directory is.
pub(super) const PLACE: u16 = 0x8825;
const ORIENTATION: u16 = 274;
const RESOLUTION: [u16; 3] = [282, 283, 296];
/// Tags of a TIFF's own directory that describe the picture, not how it is stored.
const DESCRIPTIVE: [u16; 13] = [270, 271, 272, ORIENTATION, 282, 283, 296, 305, 306, 315, 316, 33_432, 40_094];
/// A directory inside the camera's that holds nothing of use without its offsets.
const INTEROPERABILITY: u16 = 0xa005;

/// The most bytes of values that are taken of one directory: places in three such directories fit in 32 bits.
const LARGEST: usize = (u32::MAX / 8) as usize;

/// The bytes of one number of each type, from BYTE to IFD.
const SIZES: [usize; 14] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/// What one number has: rationals are two of four bytes.
fn unit(kind: u16) -> usize {
    match kind {
        5 | 10 => 4,
        _ => SIZES.get(usize::from(kind)).copied().unwrap_or(0),
    }
}

/// A file and its byte order.
struct Source<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Source<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let b = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big { u16::from_be_bytes(b) } else { u16::from_le_bytes(b) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let b = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) })
    }

    /// The tags of the directory at `at` that are wanted; those that point out of the file are left out. Many may point at the same
    /// bytes: what they hold together is no longer than the file, so that a small file can't ask for much memory.
    fn directory(&self, at: usize, wanted: impl Fn(u16) -> bool) -> Option<Vec<Entry>> {
        let count = usize::from(self.short(at)?);
        let mut room = self.bytes.len().min(LARGEST);
        let entries = (0..count).map(|i| at + 2 + 12 * i).filter(|at| self.short(*at).is_some_and(&wanted));
        Some(entries.filter_map(|at| self.entry(at, &mut room)).collect())
    }

    /// The tag at `at`, if its value fits in the room that is left.
    fn entry(&self, at: usize, room: &mut usize) -> Option<Entry> {
        let (tag, kind, count) = (self.short(at)?, self.short(at + 2)?, self.long(at + 4)? as usize);
        let length = count.checked_mul(*SIZES.get(usize::from(kind))?)?;
        let start = if length <= 4 { at + 8 } else { self.long(at + 8)? as usize };
        *room = room.checked_sub(length)?;
        let mut value = self.bytes.get(start..start.checked_add(length)?)?.to_vec();
        if self.big {
            value.chunks_mut(unit(kind).max(1)).for_each(<[u8]>::reverse);
        }
        Some(Entry { tag, kind, value })
    }
}

/// The directories in EXIF bytes, or in a TIFF file (whose own storage tags are left out). `None` if there is nothing to keep.
pub(super) fn parse(bytes: &[u8]) -> Option<Exif> {
    let source = match bytes.first_chunk()? {
        b"II*\0" => Source { bytes, big: false },
        b"MM\0*" => Source { bytes, big: true },
        _ => return None,
    };
    let kept = |tag: u16| DESCRIPTIVE.contains(&tag);
    let own = source.directory(source.long(4)? as usize, |tag| kept(tag) || matches!(tag, CAMERA | PLACE))?;
    let inner = |tag: u16| {
        let entry = own.iter().find(|e| e.tag == tag)?;
        source.directory(u32::from_le_bytes(*entry.value.first_chunk()?) as usize, |tag| tag != INTEROPERABILITY)
    };
    let camera = inner(CAMERA).unwrap_or_default();
    let place = inner(PLACE).unwrap_or_default();
    // Resolution without a unit says nothing.
    let measured = own.iter().any(|e| e.tag == RESOLUTION[2] && matches!(e.value[..], [2 | 3, ..]));
    let mut main = own;
    main.retain(|e| kept(e.tag) && (measured || !RESOLUTION.contains(&e.tag)));
    let exif = Exif { main, camera, place };
    (exif != Exif::default()).then_some(exif)
}

impl Exif {
    /// As EXIF bytes, little-endian.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut main = self.main.clone();
        let inner: Vec<(u16, &Vec<Entry>)> =
            [(CAMERA, &self.camera), (PLACE, &self.place)].into_iter().filter(|(_, d)| !d.is_empty()).collect();
        main.extend(inner.iter().map(|(tag, _)| Entry { tag: *tag, kind: 4, value: vec![0; 4] }));
        main.sort_by_key(|e| e.tag);
        // Each directory's place follows from the lengths of those before it.
        let mut next = 8 + room(&main);
        for (tag, directory) in &inner {
            if let Some(pointer) = main.iter_mut().find(|e| e.tag == *tag) {
                pointer.value = (next as u32).to_le_bytes().to_vec();
            }
            next += room(directory);
        }
        let mut out = b"II*\0\x08\0\0\0".to_vec();
        append(&mut out, &main);
        inner.iter().for_each(|(_, directory)| append(&mut out, directory));
        out
    }
}

/// The bytes of a directory and of what it points to, each value on an even place.
fn room(directory: &[Entry]) -> usize {
    let values = directory.iter().map(|e| e.value.len()).filter(|n| *n > 4);
    6 + 12 * directory.len() + values.map(|n| n.next_multiple_of(2)).sum::<usize>()
}

fn append(out: &mut Vec<u8>, directory: &[Entry]) {
    let mut values = Vec::new();
    let behind = out.len() + 6 + 12 * directory.len();
    out.extend((directory.len() as u16).to_le_bytes());
    for e in directory {
        let count = e.value.len() / SIZES[usize::from(e.kind)].max(1);
        out.extend(e.tag.to_le_bytes());
        out.extend(e.kind.to_le_bytes());
        out.extend((count as u32).to_le_bytes());
        let mut field = [0; 4];
        if e.value.len() <= 4 {
            field[..e.value.len()].copy_from_slice(&e.value);
        } else {
            field = ((behind + values.len()) as u32).to_le_bytes();
            values.extend(&e.value);
            values.resize(values.len().next_multiple_of(2), 0);
        }
        out.extend(field);
    }
    out.extend([0; 4]); // no further directory
    out.extend(values);
}

impl Entry {
    /// The value in this machine's byte order, as the `tiff` crate takes it.
    pub(super) fn native(&self) -> Vec<u8> {
        let mut value = self.value.clone();
        if cfg!(target_endian = "big") {
            value.chunks_mut(unit(self.kind).max(1)).for_each(<[u8]>::reverse);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Exif {
        let entry = |tag, kind, value: &[u8]| Entry { tag, kind, value: value.to_vec() };
        Exif {
            main: vec![entry(271, 2, b"Maker of cameras\0"), entry(ORIENTATION, 3, &[6, 0])],
            camera: vec![entry(0x829a, 5, &[1, 0, 0, 0, 125, 0, 0, 0]), entry(0x9000, 7, b"0232")],
            place: vec![entry(1, 2, b"N\0")],
        }
    }

    #[test]
    fn directories_survive_bytes() {
        assert_eq!(parse(&sample().to_bytes()), Some(sample()));
    }

    #[test]
    fn big_endian_numbers_are_turned() {
        let mut bytes = b"MM\0*\0\0\0\x08\0\x02".to_vec();
        bytes.extend([1, 18, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]); // orientation 6
        bytes.extend([1, 15, 0, 2, 0, 0, 0, 3, b'A', b'B', 0, 0]); // maker "AB"
        bytes.extend([0; 4]);
        let exif = parse(&bytes).unwrap();
        assert_eq!(exif.main[0].value, [6, 0]);
        assert_eq!(exif.main[1].value, b"AB\0");
    }

    /// 1000 tags that all point at the same 60 kB, in each of the three directories.
    #[test]
    fn tags_that_share_their_bytes_take_no_more_memory_than_the_file() {
        let shared = 60_000_u32;
        let place = |directory: u32| 8 + directory * (6 + 12 * 1_002);
        let directory = |own: u16| {
            let mut bytes = 1_002_u16.to_le_bytes().to_vec();
            for (tag, to) in [(CAMERA, place(1)), (PLACE, place(2))] {
                bytes.extend([tag.to_le_bytes(), [4, 0], [1, 0], [0, 0]].concat());
                bytes.extend(to.to_le_bytes());
            }
            for _ in 0..1_000 {
                bytes.extend([own.to_le_bytes(), [1, 0]].concat());
                bytes.extend([shared.to_le_bytes(), place(3).to_le_bytes()].concat());
            }
            bytes.extend([0; 4]);
            bytes
        };
        // Tag 700, the XMP, is not kept among a picture's own; 37 500 is the maker's note.
        for own in [271, 700] {
            let mut file = b"II*\0\x08\0\0\0".to_vec();
            [own, 37_500, 37_500].iter().for_each(|own| file.extend(directory(*own)));
            file.resize(file.len() + shared as usize, 7);
            let exif = parse(&file).unwrap();
            let held = |d: &[Entry]| d.iter().map(|e| e.value.len()).sum::<usize>();
            assert_eq!(held(&exif.main) > 0, own == 271);
            for directory in [&exif.main, &exif.camera, &exif.place] {
                assert!(held(directory) <= file.len(), "{} of {}", held(directory), file.len());
            }
            assert!(held(&exif.camera) >= shared as usize, "what fits is kept");
        }
    }

    #[test]
    fn damage_is_no_panic() {
        let whole = sample().to_bytes();
        for cut in 0..whole.len() {
            let _ = parse(&whole[..cut]);
        }
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] = 0xff;
            let _ = parse(&bent).map(|e| e.to_bytes());
        }
    }
}
