//! What can go wrong with files: each fault has its exit code, one sentence on standard error, and leaves nothing behind.

mod program;

use program::{Place, Ran};
use ravine::image::io::{self, Format, ReadOptions, WriteOptions};
use ravine::image::picture::Depth;
use ravine::image::{Grid, Image, Picture, noise};

fn noisy(channels: usize, height: usize, width: usize, seed: u64) -> Picture {
    let mut image = Image::from_fn(Grid::new(channels, height, width), |_, y, x| ((x / 9 + y / 7) % 3) as f32 * 0.3 + 0.1);
    noise::add_gaussian(&mut image, 20.0 / 255.0, seed);
    Picture::new(image, Depth::U8)
}

fn file(picture: &Picture, format: Format) -> Vec<u8> {
    io::encode(picture, format, &WriteOptions::default()).unwrap().bytes
}

/// A noisy PNG.
fn png(seed: u64) -> Vec<u8> {
    file(&noisy(1, 60, 70, seed), Format::Png)
}

/// Every file below a place, in order, with its bytes.
fn all(place: &Place) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut folders = vec![place.folder().to_path_buf()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push((path.clone(), std::fs::read(&path).unwrap())) }
        }
    }
    found.sort();
    found
}

/// Runs `line`, which must be refused with `code` and one sentence that has `words`, and must leave every file as it was.
#[track_caller]
fn refused(place: &Place, line: &str, code: i32, words: &str) {
    let before = all(place);
    let ran = place.run(line).expect(code);
    assert!(ran.stderr.contains(words), "`{}` lacks `{words}`", ran.stderr);
    one_sentence(&ran);
    assert!(all(place) == before, "{line} changed a file");
}

#[track_caller]
fn one_sentence(ran: &Ran) {
    assert!(ran.stderr.starts_with("ravine: ") && ran.stderr.lines().count() == 1, "{}", ran.stderr);
    assert_eq!(ran.text(), "");
}

#[test]
fn inputs_that_are_no_pictures_are_refused() {
    let place = Place::new();
    place.write("empty.png", b"");
    place.write("text.png", b"hello");
    place.write("cut.png", &png(1)[..700]);
    place.write("cut.jpg", &file(&noisy(3, 60, 70, 1), Format::Jpeg)[..900]);
    place.write("cut.tif", &file(&noisy(3, 60, 70, 1), Format::Tiff)[..900]);
    place.write("cut.npy", &file(&noisy(3, 60, 70, 1), Format::Npy)[..900]);
    place.write("named.jpg", png(1));
    place.write("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    std::fs::create_dir(place.path("folder.png")).unwrap();
    for (name, words) in [
        ("missing.png", "missing.png: there is no such file"),
        ("empty.png", "empty.png: it is empty (0 bytes)"),
        ("text.png", "none of the formats that are read"),
        ("cut.png", "damaged or truncated PNG"),
        ("cut.jpg", "damaged or truncated JPEG"),
        ("cut.tif", "damaged or truncated TIFF"),
        ("cut.npy", "damaged or truncated .npy"),
        ("named.jpg", "its name says JPEG but it holds PNG: rename it to .png"),
        ("phone.heic", "HEIC"),
    ] {
        refused(&place, &format!("restore {name} -o out/x.png --lambda 8"), 3, words);
    }
    refused(&place, "restore folder.png -o out/ --lambda 8", 3, "folder.png: no picture is in this folder");
}

#[test]
fn a_huge_header_is_refused_by_its_limit() {
    let place = Place::new();
    place.write("huge.pgm", b"P5\n65536 65536\n255\n");
    refused(&place, "restore huge.pgm -o out.png --lambda 8", 4, "65536 × 65536 = 4294967296 pixels are more than the limit of");
    place.write("a.png", png(1));
    refused(&place, "restore a.png -o out.png --lambda 8 --max-pixels 4199", 4, "--max-pixels");
    place.run("restore a.png -o out.png --lambda 8 --max-pixels 4200").expect(0);
}

#[test]
fn numbers_that_are_not_finite_are_named_by_their_place() {
    let place = Place::new();
    for (name, value, word) in [("a.npy", f32::NAN, "NaN"), ("b.npy", f32::INFINITY, "inf"), ("c.pfm", f32::NEG_INFINITY, "-inf")] {
        let picture = Picture::new(Image::constant(Grid::new(1, 5, 6), 0.5), Depth::F32);
        let mut bytes = file(&picture, Format::from_name(&name[2..]).unwrap());
        let numbers = bytes.len() - 4 * 30;
        let row = if name == "c.pfm" { 4 - 3 } else { 3 };
        bytes[numbers + 4 * (row * 6 + 2)..][..4].copy_from_slice(&value.to_le_bytes());
        place.write(name, bytes);
        let words = format!("row 3, column 2, channel 0 (counted from 0) holds {word}");
        refused(&place, &format!("restore {name} -o out.npy --lambda 8"), 3, &words);
    }
}

#[test]
fn a_result_over_its_input_is_refused() {
    let place = Place::new();
    place.write("a.png", png(1));
    refused(&place, "restore a.png -o a.png --lambda 8", 2, "overwrite its input");
    refused(&place, "restore a.png -o ./a.png --lambda 8", 2, "overwrite its input");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("a.png", place.path("link.png")).unwrap();
        refused(&place, "restore a.png -o link.png --lambda 8", 2, "overwrite its input");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_exit_6() {
    let place = Place::new();
    place.write("a.png", png(1));
    place.write("file", b"in the way");
    refused(&place, "restore a.png -o file/out.png --lambda 8", 6, "cannot");
    std::fs::create_dir(place.path("taken.png")).unwrap();
    place.write("many/a.png", png(1));
    // A folder is where the file of the same name must go.
    std::fs::create_dir_all(place.path("out/a.png")).unwrap();
    refused(&place, "restore many/a.png -o out/ --lambda 8", 6, "it is a folder");
    #[cfg(target_os = "linux")]
    refused(&place, "restore a.png -o /proc/out.png --lambda 8", 6, "/proc/out.png: it cannot be written");
}

/// A full disk, by the limit on a file's size.
#[cfg(unix)]
#[test]
fn a_full_disk_is_exit_6_and_leaves_the_old_file() {
    let place = Place::new();
    place.write("a.png", file(&noisy(3, 200, 200, 1), Format::Png));
    place.write("out.png", b"old");
    let before = all(&place);
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" restore a.png -o out.png --lambda 80";
    let ran = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_ravine")])
        .current_dir(place.folder())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(6), "{said}");
    assert!(said.contains("out.png: it cannot be written: file too large"), "{said}");
    assert!(all(&place) == before);
}

#[test]
fn one_bad_file_among_many_does_not_stop_the_rest() {
    let place = Place::new();
    for (i, name) in ["in/a.png", "in/c.png", "in/d.png"].iter().enumerate() {
        place.write(name, png(i as u64));
    }
    place.write("in/b.png", &png(9)[..500]);
    let ran = place.run("restore in -o out --lambda 8").expect(1);
    assert!(ran.stderr.contains("ravine: in/b.png: it is a damaged or truncated PNG"), "{}", ran.stderr);
    let names: Vec<_> =
        all(&place).into_iter().filter_map(|(p, _)| p.strip_prefix(place.path("out")).ok().map(|p| p.to_owned())).collect();
    assert_eq!(names, ["a.png", "c.png", "d.png"].map(std::path::PathBuf::from));
}

/// A closed pipe is no failure: `ravine … | head -c 1`.
#[test]
fn a_closed_pipe_is_no_failure() {
    let place = Place::new();
    place.write("a.png", file(&noisy(3, 300, 300, 1), Format::Png));
    for options in [&["-o", "-"][..], &["-o", "b.png", "--json"]] {
        let words = [&["restore", "a.png", "--lambda", "80"], options].concat();
        let mut child =
            place.command(&words).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = child.wait_with_output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

/// Killed at seeded moments, the output is the old file or the new one, never a part; and what a killed run leaves is passed by.
#[cfg(unix)]
#[test]
fn a_killed_run_leaves_the_old_file_or_the_new() {
    let place = Place::new();
    place.write("in/a.png", file(&noisy(3, 120, 160, 1), Format::Png));
    let words = ["restore", "in/a.png", "-o", "out.png", "--lambda", "8"];
    let begin = std::time::Instant::now();
    assert!(place.command(&words).output().unwrap().status.success());
    let whole = begin.elapsed();
    let new = place.read("out.png");
    let mut seed = 7_u64;
    for round in 0..30 {
        let old = round % 2 == 0;
        std::fs::remove_file(place.path("out.png")).ok();
        if old {
            place.write("out.png", b"old");
        }
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = whole.mul_f64(1.1 * (seed >> 33) as f64 / f64::from(1_u32 << 31));
        let mut child =
            place.command(&words).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(moment);
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        match std::fs::read(place.path("out.png")) {
            Ok(bytes) => assert!(bytes == new || (old && bytes == b"old"), "{} bytes after {moment:?}", bytes.len()),
            Err(_) => assert!(!old, "the old file is gone after {moment:?}"),
        }
    }
    // Whatever is left begins with a dot and is no picture by its name.
    place.write(".ravine-x.part", b"left by a killed run");
    for (path, _) in all(&place) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            ["a.png", "out.png"].contains(&name.as_str()) || (name.starts_with(".ravine-") && name.ends_with(".part")),
            "{name}"
        );
    }
    place.run("restore . -o again --lambda 8").expect(0);
}

/// Whoever looks while a file is replaced, again and again, sees one whole file or the other.
#[test]
fn a_reader_never_sees_a_part() {
    let place = Place::new();
    place.write("a.png", file(&noisy(3, 500, 500, 1), Format::Png));
    let line = |n: u32| format!("restore a.png -o out.png --lambda 800 --gap 0 --max-iterations {n}");
    let result = |n: u32| {
        place.run(&line(n)).expect(0);
        place.read("out.png")
    };
    let (one, other) = (result(1), result(5));
    assert!(one != other && one.len() > 100_000);
    let done = std::sync::atomic::AtomicBool::new(false);
    let looks = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut looks = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let seen = place.read("out.png");
                assert!(seen == one || seen == other, "a part of {} bytes", seen.len());
                looks += 1;
            }
            looks
        });
        for n in [1, 5, 1, 5, 1, 5] {
            place.run(&line(n)).expect(0);
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(looks > 20, "only {looks} looks");
}

/// SIGINT: the best iterate so far, whole, and exit 130; among many inputs the rest is not begun.
#[cfg(unix)]
#[test]
fn an_interrupted_run_writes_its_best_iterate_whole() {
    let place = Place::new();
    place.write("in/a.png", file(&noisy(3, 80, 90, 1), Format::Png));
    place.write("in/b.png", file(&noisy(3, 80, 90, 2), Format::Png));
    let line = "restore in -o out --lambda 8 --gap 0 --max-iterations 100000000 --trace t.jsonl";
    let words: Vec<&str> = line.split(' ').collect();
    let child = place.command(&words).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let begin = std::time::Instant::now();
    while !std::fs::read_to_string(place.path("t.jsonl")).is_ok_and(|t| t.lines().count() > 2) {
        assert!(begin.elapsed().as_secs() < 120, "the run has not begun");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ran = child.wait_with_output().unwrap();
    assert_eq!(ran.status.code(), Some(130), "{}", String::from_utf8_lossy(&ran.stderr));
    let result = io::read(&place.read("out/a.png"), &ReadOptions::default()).unwrap();
    let input = io::read(&place.read("in/a.png"), &ReadOptions::default()).unwrap();
    assert_eq!(result.grid(), input.grid());
    assert_ne!(result.image, input.image);
    assert!(!place.path("out/b.png").exists());
}

/// Two runs into one folder: every file is whole, and each is what one run alone gives.
#[test]
fn two_runs_into_one_folder_do_not_harm_each_other() {
    let place = Place::new();
    let names = ["a.png", "b.png", "c.png", "d.png", "e.png", "f.png"];
    for (i, name) in names.iter().enumerate() {
        place.write(&format!("in/{name}"), png(i as u64));
    }
    place.run("restore in -o alone --lambda 8").expect(0);
    let start = || {
        place
            .command(&["restore", "in", "-o", "out", "--lambda", "8"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    for child in [start(), start(), start()] {
        let ran = child.wait_with_output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    }
    for name in names {
        assert!(place.read(&format!("out/{name}")) == place.read(&format!("alone/{name}")), "{name}");
    }
    assert_eq!(std::fs::read_dir(place.path("out")).unwrap().count(), names.len());
}

/// Whoever read the results has gone; the pictures, which go to files, are all made.
#[test]
fn a_closed_pipe_does_not_end_a_batch_into_files() {
    let place = Place::new();
    for (i, name) in ["in/a.png", "in/b.png", "in/c.png"].iter().enumerate() {
        place.write(name, png(i as u64));
    }
    for words in [
        &["restore", "in", "-o", "out", "--lambda", "8", "--json"][..],
        &["degrade", "in", "-o", "noise", "--sigma", "5", "--json"],
    ] {
        let mut child =
            place.command(words).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = child.wait_with_output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
        assert_eq!(std::fs::read_dir(place.path(words[3])).unwrap().count(), 3, "{words:?}");
    }
}

#[test]
fn nothing_is_written_over_an_input_or_another_output() {
    let place = Place::new();
    for (i, name) in ["p/a.png", "p/a_tv.png", "q/a.png"].iter().enumerate() {
        place.write(name, png(i as u64));
    }
    refused(&place, "restore p/a.png p/a_tv.png -o p/{stem}_tv.png --lambda 8", 2, "would overwrite the input p/a_tv.png");
    refused(&place, "restore p/a.png p/a_tv.png -o p/{stem}_{method}.png", 2, "would overwrite the input p/a_tv.png");
    refused(&place, "degrade p/a.png p/a_tv.png -o p/{stem}_tv.png --sigma 5", 2, "would overwrite the input p/a_tv.png");
    refused(&place, "restore p/a.png -o out.png --lambda 8 --trace p/a.png", 2, "--trace p/a.png would destroy p/a.png");
    refused(&place, "restore p/a.png -o out.png --lambda 8 --trace ./out.png", 2, "the result goes there");
    refused(&place, "degrade p/a.png -o out.png --missing 0.5 --mask out.png", 2, "--mask out.png would destroy p/a.png");
    refused(&place, "degrade p/a.png -o out.png --missing 0.5 --mask p/a.png", 2, "that is an input");
    refused(&place, "restore p/a.png q/a.png --in-place --lambda 8 --report pages", 2, "the pages of p/a.png and q/a.png");
    refused(&place, "restore - --in-place --lambda 8", 2, "standard input has no place");
}

#[test]
fn a_format_that_contradicts_the_name_is_refused() {
    let place = Place::new();
    place.write("in/a.png", png(1));
    refused(&place, "restore in/a.png -o b.png --format jpg --lambda 8", 2, "--format jpg contradicts the name b.png");
    refused(&place, "restore in/a.png --in-place --format jpg --lambda 8", 2, "--format jpg contradicts the name in/a.png");
}

#[cfg(unix)]
#[test]
fn a_source_without_an_end_is_refused() {
    let place = Place::new();
    refused(&place, "restore /dev/zero -o out.png --max-pixels 1000", 3, "none of the formats");
    let long = [png(1), vec![0; 65 << 20]].concat();
    let ran = place.run_with("restore - -o out.png --max-pixels 1000", &long).expect(4);
    assert!(ran.stderr.contains("longer than 67140864 bytes"), "{}", ran.stderr);
    one_sentence(&ran);
}
