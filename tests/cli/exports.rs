//! Pages and figures as files of each kind, from the command line.

use std::process::Command;

use glassbox::app::Headless;
use glassbox::exhibits::topic;
use glassbox::gpu::Runtime;
use tempfile::TempDir;

use super::pages::complaint;
use super::{PROGRAM, glassbox, json, stderr};

const REFERENCE: [&str; 2] = ["--backend", "reference"];

#[test]
fn the_ending_says_what_is_written() {
    let dir = TempDir::new().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let page = [&REFERENCE[..], &["render", "valid-vs-same", "--size", "1280x800"]].concat();
    let run = |name: &str, more: &[&str]| {
        let file = file(name);
        let output = glassbox(&[&page[..], &["-o", &file], more].concat());
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stderr(&output));
        (output, std::fs::read(file).unwrap())
    };
    let (output, plain) = run("a.png", &["--json"]);
    let figures = json(&output)["figures"].to_string();
    assert!(figures.contains("\"Input\"") && figures.contains("\"One cell\""), "{figures}");
    let size = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().to_rgb8().dimensions();
    assert_eq!(size(&plain), (1280, 800));
    assert_eq!(size(&run("b.png", &["--scale", "2"]).1), (2560, 1600));
    let (width, height) = size(&run("c.png", &["--figure", "Input"]).1);
    assert!(width < 640 && height < 640);
    let svg = String::from_utf8(run("a.SVG", &[]).1).unwrap();
    assert!(svg.contains("Valid and same padding</text>") && svg.ends_with("</svg>\n"), "{svg}");
    let csv = String::from_utf8(run("a.csv", &["--figure", "one cell"]).1).unwrap();
    assert!(csv.contains("weight,product"), "{csv}");
    assert!(run("a.npy", &["--figure", "Input"]).1.starts_with(b"\x93NUMPY"));
}

#[test]
fn what_cannot_be_written_is_said() {
    let dir = TempDir::new().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let says = |page: &str, name: &str, more: &[&str], what: &[&str]| {
        let file = file(name);
        let args = [&REFERENCE[..], &["render", page, "-o", &file], more].concat();
        let sentence = complaint(&args, 2);
        assert!(what.iter().all(|what| sentence.contains(what)), "{sentence}");
        assert!(!std::path::Path::new(&file).exists());
    };
    let page = "valid-vs-same";
    says(page, "a.jpg", &[], &[".png, .svg, .csv, .npy or .gif", "a.jpg"]);
    says(page, "a", &[], &[".png, .svg, .csv, .npy or .gif"]);
    says(page, "a.svg", &["--figure", "Inptu"], &["did you mean \"Input\"?", "\"One cell\""]);
    says(page, "a.csv", &[], &["numbers belong to a figure", "\"Input\""]);
    says(page, "a.svg", &["--scale", "2"], &["--scale is for .png"]);
    says(page, "a.png", &["--every", "2"], &["--every is for .gif"]);
    says(page, "a.gif", &[], &["nothing trains"]);
    says("home", "a.png", &["--set", "stride=2", "--steps", "3"], &["home", "--set, --steps"]);
    says("home", "a.csv", &[], &["home is written as .png or .svg"]);
}

#[test]
fn the_copied_command_draws_this_very_picture() {
    let dir = TempDir::new().unwrap();
    for (slug, settings, steps, size, dark) in [
        ("stride", &["image=zone plate", "stride=3"][..], None, [700, 520], false),
        ("valid-vs-same", &[][..], None, [1280, 800], true),
        ("dropout", &["samples=50", "width=16", "p=0.3"][..], Some(2), [640, 480], true),
    ] {
        let mut app = Headless::new(&Runtime::Reference, size, dark).unwrap();
        app.shell.open_topic(topic(slug).unwrap());
        for setting in settings {
            app.shell.page().set(setting).unwrap();
        }
        app.settle().unwrap();
        if let Some(steps) = steps {
            app.train(steps).unwrap();
            app.shell.page().player().unwrap().show(1);
            app.settle().unwrap();
        }
        let line = app.command_line();
        let rest = line.strip_prefix("glassbox ").unwrap();
        let shell = format!("'{PROGRAM}' --backend reference {rest}");
        let output = Command::new("sh").args(["-c", &shell]).current_dir(dir.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
        let drawn = image::open(dir.path().join(format!("{slug}.png"))).unwrap().to_rgba8();
        assert!(drawn == app.picture(None, 1).unwrap(), "{line}");
    }
}

#[test]
fn a_training_is_written_as_gif() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("a.gif").to_str().unwrap().to_owned();
    let settings = ["--set", "samples=50", "--set", "width=16", "--size", "640x480"];
    let args = ["render", "dropout", "--steps", "4", "--every", "2", "-o", &file];
    let output = glassbox(&[&REFERENCE[..], &args[..], &settings[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    use image::AnimationDecoder as _;
    let gif =
        image::codecs::gif::GifDecoder::new(std::io::Cursor::new(std::fs::read(file).unwrap())).unwrap();
    assert_eq!(gif.into_frames().collect_frames().unwrap().len(), 3);
}
