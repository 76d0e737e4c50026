//! `glassbox render`: one page as a picture, without a window.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{print, print_json};
use crate::app::{self, HOME, Headless, Tab};
use crate::data::Picture;
use crate::data::gallery::{GALLERY, SCHEME, Sample};
use crate::exhibits::{EXPLORERS, Topic, pages, topic};
use crate::lessons::Preset;
use crate::suggest::hint;
use crate::viz::Caption;

/// Render a page into a PNG file, without a window
#[derive(Clone, Debug, clap::Args)]
pub struct Render {
    /// Which page: home, vision-explorer, text-explorer, model-explorer, or one of `glassbox topics`
    topic: String,

    /// Where to write the picture
    #[arg(short, long, value_name = "FILE.png")]
    output: PathBuf,

    /// Size in pixels
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = size)]
    size: [u32; 2],

    /// Colours
    #[arg(long, value_enum, default_value_t = Theme::Dark)]
    theme: Theme,

    /// Move a knob; may be given several times
    #[arg(long = "set", value_name = "KNOB=VALUE")]
    set: Vec<String>,

    /// A preset of the page by its name, before --set: see `glassbox topics --json`
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,

    /// Train exactly so many steps, on pages that train, then draw
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    steps: Option<u64>,

    /// Frames to draw
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    frames: u32,

    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// A picture of your own instead of the photo, or one that Glassbox carries, as gallery:coffee
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,

    /// Open a model, or names of its classes, as if dropped on the window; may be given several times
    #[arg(long, value_name = "FILE")]
    open: Vec<PathBuf>,

    /// Which tab
    #[arg(long, value_enum, default_value_t = TabName::Explore)]
    tab: TabName,

    /// Print what was drawn as one JSON document, audited against the reference
    #[arg(long)]
    json: bool,
}

/// Colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Theme {
    Light,
    Dark,
}

/// What the centre shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum TabName {
    Explore,
    Answer,
    Practice,
    Code,
    Shader,
}

#[derive(serde::Serialize)]
struct Drawn {
    topic: &'static str,
    width: u32,
    height: u32,
    knobs: serde_json::Map<String, serde_json::Value>,
    kernels: Vec<&'static str>,
    frame_ms: f64,
    /// Sum over the steps, where the adapter writes timestamps.
    gpu_ms: Option<f64>,
    /// Largest difference from the reference.
    max_error: Option<f64>,
    /// The sentence that says what is to be seen.
    lesson: Option<String>,
    /// The preset whose settings the page has.
    preset: Option<String>,
    /// Steps of training behind what is drawn.
    step: Option<u64>,
    /// Share of the stage's area inside the bounding box of its figures.
    filled: f32,
    /// Texts that are cut off.
    clipped: usize,
    /// Pairs of texts that lie over each other.
    overlaps: usize,
}

/// Parses `1280x800`.
fn size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    sides
        .filter(|s| s.iter().all(|side| (320..=8192).contains(side)))
        .ok_or_else(|| "write it as WIDTHxHEIGHT, each side from 320 to 8192, such as 1280x800".into())
}

/// The topic of a name, or what was probably meant.
pub fn find_topic(name: &str) -> Result<&'static Topic, Failure> {
    topic(name).ok_or_else(|| {
        let hint = hint(name, pages().map(|t| t.slug));
        Failure::Usage(format!(
            "there is no topic \"{name}\"{hint}; there are {} and those that `glassbox topics` lists",
            EXPLORERS.iter().map(|t| t.slug).collect::<Vec<_>>().join(", ")
        ))
    })
}

/// The preset of a name, or what was probably meant.
fn preset(topic: &'static Topic, name: &str) -> Result<&'static Preset, Failure> {
    let lesson = topic.lesson();
    lesson.preset(name).ok_or_else(|| {
        let names: Vec<&str> = lesson.presets.iter().map(|preset| preset.name.as_str()).collect();
        let hint = hint(name, names.iter().copied());
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Failure::Usage(format!("{} has no preset \"{name}\"{hint}; it has {known}", topic.slug))
    })
}

/// The picture in a file, or `gallery:NAME`.
fn picture(path: &Path) -> Result<Picture, Failure> {
    let Some(name) = path.to_str().and_then(|text| text.strip_prefix(SCHEME)) else {
        return Ok(Picture::open(path).map_err(anyhow::Error::from)?);
    };
    let sample = Sample::named(name).ok_or_else(|| {
        let names: Vec<&str> = GALLERY.iter().map(|sample| sample.name).collect();
        Failure::Usage(format!("there is no picture \"{name}\" in the gallery, it has {}", names.join(", ")))
    })?;
    Ok(sample.picture())
}

impl Render {
    /// Renders home, which has no settings.
    fn home(&self, context: &Context) -> Outcome {
        let mut app = Headless::new(&context.runtime()?, self.size, self.theme == Theme::Dark)?;
        app.shell.open_home();
        app.settle()?;
        self.save(&app.image()?)?;
        let measured = app.measure();
        if !self.json {
            return print(&format!("{}\n", self.output.display()));
        }
        let [width, height] = self.size;
        print_json(&serde_json::json!({
            "topic": HOME, "width": width, "height": height,
            "filled": measured.filled, "clipped": measured.clipped, "overlaps": measured.overlaps,
        }))
    }

    fn save(&self, image: &image::RgbaImage) -> Result<(), Failure> {
        image.save_with_format(&self.output, image::ImageFormat::Png).with_context(|| {
            format!("could not write the picture, check the folder and its rights: {}", self.output.display())
        })?;
        Ok(())
    }

    /// Renders the picture.
    pub fn run(&self, context: &Context) -> Outcome {
        if self.topic == HOME {
            return self.home(context);
        }
        let topic = find_topic(&self.topic)?;
        let picture = match &self.image {
            Some(path) => Some(picture(path)?),
            None => None,
        };
        let mut app = Headless::new(&context.runtime()?, self.size, self.theme == Theme::Dark)?;
        app.shell.inputs.seed = self.seed;
        if let Some(picture) = picture {
            app.shell.set_picture(picture);
        }
        app.shell.tab = match self.tab {
            TabName::Explore => Tab::Explore,
            TabName::Answer => Tab::Answer,
            TabName::Practice => Tab::Practice,
            TabName::Code => Tab::Code,
            TabName::Shader => Tab::Shader,
        };
        for file in &self.open {
            app.shell.show(app::open(file).map_err(anyhow::Error::from)?);
        }
        app.shell.open_topic(topic);
        if let Some(name) = &self.preset {
            let settings = preset(topic, name)?.settings();
            let refused = app.shell.page().apply(&settings).err().into_iter().flatten().next();
            refused.map_or(Ok(()), |e| Err(Failure::Usage(e.to_string())))?;
        }
        for assignment in &self.set {
            app.shell.page().set(assignment).map_err(|e| Failure::Usage(e.to_string()))?;
        }
        app.settle()?;
        if let Some(steps) = self.steps {
            if app.shell.page().player().is_none() {
                let text = format!("nothing trains on the page {}: leave --steps out", topic.slug);
                return Err(Failure::Usage(text));
            }
            app.train(steps)?;
        }
        // After settling everything is compiled and uploaded: this is what a moved knob costs.
        for _ in 1..self.frames {
            app.frame();
        }
        if let Some(problem) = app.shell.page().problem() {
            return Err(Failure::Failed(anyhow::anyhow!("{} cannot be shown so: {problem}", topic.slug)));
        }
        let frame_ms = app.frame_ms;
        let audit = if self.json { app.audit()? } else { None };
        app.settle()?;
        self.save(&app.image()?)?;
        if !self.json {
            return print(&format!("{}\n", self.output.display()));
        }
        let measured = app.measure();
        let page = app.shell.page();
        let preset = page.preset().map(|preset| preset.name.clone());
        let millis = page.stage.step_millis();
        print_json(&Drawn {
            topic: topic.slug,
            width: self.size[0],
            height: self.size[1],
            kernels: page.stage.kernels(),
            frame_ms,
            gpu_ms: (!millis.is_empty()).then(|| millis.iter().sum()),
            max_error: audit.map(|(max_abs, _)| max_abs),
            lesson: page.caption().map(Caption::text),
            preset,
            step: page.player().map(|player| player.showing()),
            filled: measured.filled,
            clipped: measured.clipped,
            overlaps: measured.overlaps,
            knobs: page.settings_json(),
        })?;
        match audit {
            Some((max_abs, false)) => Err(Failure::Check(format!(
                "{} differs from the reference by up to {max_abs:e}, more than its kernels' tolerance",
                topic.slug
            ))),
            _ => Ok(()),
        }
    }
}
