//! Files of weights: what is written comes back, and nothing that is not such a file is believed.

use proptest::prelude::*;
use ravine_net::Design;
use ravine_net::weights::{self, Card, Error, Precision};
use ravine_optim::Layout;

fn card() -> Card {
    Card {
        network: Design::new("dncnn", &[("depth", 5.0.into())], 1).unwrap(),
        sigma: [0.0, 55.0],
        recipe: Some(serde_json::json!({"train": {"steps": 200}})),
        lines: vec!["trained on drawn scenes".into()],
    }
}

fn layout() -> Layout {
    Layout::default().with("0.weight", &[3, 3, 1, 4]).with("0.bias", &[4])
}

fn theta() -> Vec<f32> {
    (0..40).map(|i| (i as f32 - 17.3) * 0.037).collect()
}

fn file(precision: Precision) -> Vec<u8> {
    weights::encode(&card(), &[(&layout(), &theta())], precision).unwrap()
}

/// A file with this header and so many bytes of numbers.
fn with_header(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

/// The file of another card, as text.
fn with_card(card: &str) -> Vec<u8> {
    let text = serde_json::json!({"__metadata__": {"ravine": card}}).to_string();
    with_header(&text, 0)
}

#[track_caller]
fn refused(bytes: &[u8], words: &str) -> Error {
    let error = weights::decode(bytes).unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
    error
}

#[test]
fn what_is_written_in_32_bits_comes_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let statistics = Layout::single("1.mean", &[4]);
    let mean = [0.1, -0.2, f32::MIN_POSITIVE, 1e30];
    weights::write(&path, &card(), &[(&layout(), &theta()), (&statistics, &mean)], Precision::Single).unwrap();
    let mut contents = weights::read(&path).unwrap();
    assert_eq!(contents.card, Some(card()));
    assert_eq!(contents.take(&layout()).unwrap(), theta());
    assert_eq!(contents.take(&statistics).unwrap(), mean);
    contents.finish().unwrap();
}

#[test]
fn sixteen_bits_are_the_nearest_and_half_the_file() {
    let (half, single) = (file(Precision::Half), file(Precision::Single));
    assert!(single.len() - half.len() >= 2 * theta().len() - 8);
    let read = weights::decode(&half).unwrap().take(&layout()).unwrap();
    for (got, wanted) in read.iter().zip(theta()) {
        assert!((got - wanted).abs() <= wanted.abs() / 2048.0, "{got} for {wanted}");
    }
    assert!(read.iter().zip(theta()).any(|(a, b)| *a != b), "it was not 16 bits");
}

#[test]
fn the_same_contents_are_the_same_bytes() {
    assert!((0..8).all(|_| file(Precision::Half) == file(Precision::Half)));
}

#[test]
fn a_file_that_is_not_there_or_is_no_file_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(weights::read(&folder.path().join("none")), Err(Error::Missing));
    assert!(matches!(weights::read(folder.path()), Err(Error::Read(_))));
    let picture = folder.path().join("picture.png");
    std::fs::write(&picture, b"\x89PNG\r\n\x1a\n and more that is no header of tensors").unwrap();
    assert!(matches!(weights::read(&picture), Err(Error::Damaged(_))));
    let empty = folder.path().join("empty");
    std::fs::write(&empty, b"").unwrap();
    assert!(matches!(weights::read(&empty), Err(Error::Damaged(_))));
}

#[cfg(unix)]
#[test]
fn a_source_without_an_end_is_left_after_its_header() {
    assert!(matches!(weights::read(std::path::Path::new("/dev/zero")), Err(Error::Damaged(_))));
}

#[test]
fn a_file_that_goes_on_or_ends_too_soon_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let whole = file(Precision::Single);
    for end in 0..whole.len() {
        refused(&whole[..end], "damaged");
        std::fs::write(&path, &whole[..end]).unwrap();
        assert!(matches!(weights::read(&path), Err(Error::Damaged(_))), "{end}");
    }
    std::fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert!(matches!(weights::read(&path), Err(Error::Damaged(_))));
}

#[test]
fn a_header_that_promises_more_than_there_is_is_refused_before_any_room_is_made() {
    let tensor = |shape: &str, from: u64, to: u64| format!(r#"{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#);
    let huge = format!(r#"{{"0.weight":{}}}"#, tensor("[1099511627776]", 0, 1 << 42));
    refused(&with_header(&huge, 64), "4398046511104 bytes");
    refused(&with_header(&format!(r#"{{"0.weight":{}}}"#, tensor("[4294967296,4294967296]", 0, 64)), 64), "overflow");
    // Tensors whose offsets go to the end of 64 bits together.
    let eighth = 1u64 << 61;
    let many: Vec<String> =
        (0..7).map(|i| format!(r#""{i}":{}"#, tensor("[576460752303423488]", i * eighth, (i + 1) * eighth))).collect();
    refused(&with_header(&format!("{{{}}}", many.join(",")), 64), "damaged");
    let last = format!(r#"{{{},"7":{}}}"#, many.join(","), tensor("[576460752303423487]", 7 * eighth, u64::MAX - 3));
    refused(&with_header(&last, 64), "damaged");
    for length in [u64::MAX, 1 << 40, 1000] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(b"{}");
        refused(&bytes, "header");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, with_header(&huge, 64)).unwrap();
    assert_eq!(weights::read(&path), Err(Error::TooLong { longest: 512 << 20 }));
    std::fs::write(&path, u64::MAX.to_le_bytes()).unwrap();
    assert!(matches!(weights::read(&path), Err(Error::Damaged(_))));
}

#[test]
fn a_card_is_checked_before_it_is_believed() {
    let good = serde_json::to_value(card()).unwrap();
    let read = |card: &serde_json::Value| weights::decode(&with_card(&serde_json::json!({"version": 1, "card": card}).to_string()));
    assert_eq!(read(&good).unwrap().card, Some(card()));
    let changed = |key: &str, value: serde_json::Value| {
        let mut changed = good.clone();
        changed[key] = value;
        read(&changed).unwrap_err().to_string()
    };
    let network = |name: &str, knobs: serde_json::Value, channels: u64| {
        changed("network", serde_json::json!({"name": name, "knobs": knobs, "channels": channels}))
    };
    assert!(network("dncnn", serde_json::json!({}), 4).contains("1 channel (grey) or 3 (colour), not 4"));
    assert!(network("dncnn", serde_json::json!({}), u64::MAX).contains("channel"));
    assert!(network("dncmm", serde_json::json!({}), 1).contains("did you mean `dncnn`"));
    assert!(network("dncnn", serde_json::json!({"width": 1e300}), 1).contains("outside"));
    assert!(network("unet", serde_json::json!({"width": 1024.0, "scales": 6.0, "growth": 4.0}), 1).contains("weights, more than"));
    assert!(changed("sigma", serde_json::json!([0.0, 300.0])).contains("300"));
    assert!(changed("sigma", serde_json::json!([5.0, 1.0])).contains("not within"));
    assert!(changed("surprise", 1.into()).contains("surprise"));
    refused(&with_card("not JSON"), "its card is damaged");
    refused(&with_card(r#"{"card": {}}"#), "its card is damaged");
    let deep = "[".repeat(100_000);
    refused(&with_card(&format!(r#"{{"version": 1, "card": {deep}}}"#)), "its card is damaged");
}

#[test]
fn a_later_version_is_named() {
    let later = with_card(r#"{"version": 2, "card": {"designs": ["something", "new"]}}"#);
    assert_eq!(refused(&later, "take a newer program"), Error::Version(2));
}

#[test]
fn blocks_must_be_those_of_the_network() {
    let wider = Layout::default().with("0.weight", &[3, 3, 1, 8]);
    let error = weights::decode(&file(Precision::Single)).unwrap().take(&wider).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tensor `0.weight` has the shape 3 × 3 × 1 × 4, but the network needs the shape 3 × 3 × 1 × 8"
    );
    let deeper = layout().with("2.weight", &[3, 3, 4, 4]);
    let error = weights::decode(&file(Precision::Single)).unwrap().take(&deeper).unwrap_err();
    assert_eq!(error.to_string(), "the tensor `2.weight` is absent, but the network needs the shape 3 × 3 × 4 × 4");
    let mut shallower = weights::decode(&file(Precision::Single)).unwrap();
    shallower.take(&Layout::single("0.bias", &[4])).unwrap();
    assert_eq!(shallower.finish(), Err(Error::Surplus("0.weight".into())));
}

#[test]
fn numbers_that_are_not_finite_are_neither_written_nor_read() {
    let mut x = theta();
    x[38] = f32::NAN;
    let error = weights::encode(&card(), &[(&layout(), &x)], Precision::Single).unwrap_err();
    assert_eq!(error, Error::NotFinite("0.bias".into()));
    x[38] = 70_000.0;
    let error = weights::encode(&card(), &[(&layout(), &x)], Precision::Half).unwrap_err();
    assert_eq!(error, Error::TooLarge { name: "0.bias".into(), value: 70_000.0 });
    let mut bytes = file(Precision::Single);
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    assert!(matches!(refused(&bytes, "not finite"), Error::NotFinite(_)));
}

#[test]
fn a_folder_that_is_not_there_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none/model.safetensors");
    let error = weights::write(&path, &card(), &[(&layout(), &theta())], Precision::Single).unwrap_err();
    assert!(matches!(error, Error::Write(_)) && error.to_string().contains("there is no folder"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_give_an_error_or_no_more_numbers_than_they_hold(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        precision in prop::sample::select(vec![Precision::Half, Precision::Single]),
    ) {
        let mut bytes = file(precision);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(contents) = weights::decode(&bytes) {
            let numbers: usize = contents.tensors.values().map(|t| t.values.len()).sum();
            prop_assert!(2 * numbers <= bytes.len());
            prop_assert!(contents.tensors.values().all(|t| t.values.iter().all(|v| v.is_finite())));
        }
    }
}
