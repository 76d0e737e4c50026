//! `glassbox render`: one page as a picture, a drawing, numbers or a film, without a window.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{bar, print, print_json, say};
use crate::app::export::{ExportError, Kind, Made, Motion, Wanted};
use crate::app::{self, HOME, Headless, Tab};
use crate::data::Picture;
use crate::data::gallery::{GALLERY, SCHEME, Sample};
use crate::exhibits::{EXPLORERS, Topic, pages, topic};
use crate::files::{can_write, write_whole};
use crate::lessons::Preset;
use crate::suggest::hint;
use crate::viz::Caption;

/// Render a page into a file, without a window
#[derive(Clone, Debug, clap::Args)]
pub struct Render {
    /// Which page: home, vision-explorer, text-explorer, model-explorer, or one of `glassbox topics`
    topic: String,

    /// Where to write it; its ending says what: .png, .svg, of a figure .csv or .npy, of a training .gif
    #[arg(short, long, value_name = "FILE")]
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

    /// Look back at this step of the training
    #[arg(long, value_name = "N", requires = "steps")]
    show: Option<u64>,

    /// Steps of the training from one picture of a .gif to the next; as many as make at most 120 pictures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    every: Option<u64>,

    /// Only this figure of the page, by its title: see "figures" of --json
    #[arg(long, value_name = "TITLE")]
    figure: Option<String>,

    /// A .png of so many times as many pixels on a side, with words as sharp
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=8))]
    scale: Option<u32>,

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

/// What a file is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// A picture, a drawing or numbers.
    As(Kind),
    /// The training as an animated picture.
    Gif,
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
    /// Titles of its figures, for --figure.
    figures: Vec<String>,
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
pub fn preset(topic: &'static Topic, name: &str) -> Result<&'static Preset, Failure> {
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
    /// What the ending of the file asks for.
    fn written(&self) -> Result<Written, Failure> {
        let ending = self.output.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let written = match ending.as_str() {
            "png" => Written::As(Kind::Png(self.scale.unwrap_or(1))),
            "svg" => Written::As(Kind::Svg),
            "csv" => Written::As(Kind::Csv),
            "npy" => Written::As(Kind::Npy),
            "gif" => Written::Gif,
            _ => {
                let text = "the ending says what is written: .png, .svg, .csv, .npy or .gif";
                return Err(Failure::Usage(format!(
                    "{text}; this one says none of them: {}",
                    self.output.display()
                )));
            }
        };
        let picture = matches!(written, Written::As(Kind::Png(_)));
        let refused = [
            (self.scale.is_some() && !picture, "--scale is for .png"),
            (self.every.is_some() && written != Written::Gif, "--every is for .gif"),
        ];
        match refused.iter().find(|(wrong, _)| *wrong) {
            Some((_, text)) => {
                Err(Failure::Usage(format!("{text}, leave it out: {}", self.output.display())))
            }
            None => Ok(written),
        }
    }

    /// Renders home, which has neither settings nor figures.
    fn home(&self, context: &Context) -> Outcome {
        let given = [
            (!self.set.is_empty(), "--set"),
            (self.preset.is_some(), "--preset"),
            (self.steps.is_some(), "--steps"),
            (self.figure.is_some(), "--figure"),
            (self.image.is_some(), "--image"),
            (!self.open.is_empty(), "--open"),
            (self.seed != 0, "--seed"),
            (self.frames != 1, "--frames"),
            (self.tab != TabName::Explore, "--tab"),
        ];
        let given: Vec<&str> = given.iter().filter(|(given, _)| *given).map(|(_, name)| *name).collect();
        if !given.is_empty() {
            let text = format!("home has no settings and no figures: leave {} out", given.join(", "));
            return Err(Failure::Usage(text));
        }
        let Written::As(kind @ (Kind::Png(_) | Kind::Svg)) = self.written()? else {
            let text = format!("home is written as .png or .svg, not so: {}", self.output.display());
            return Err(Failure::Usage(text));
        };
        let dark = self.theme == Theme::Dark;
        let mut app = Headless::new(&context.runtime()?, self.size, dark)?.with_system_fonts();
        app.shell.open_home();
        app.settle()?;
        self.export(&mut app, kind)?;
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

    /// Writes a picture, a drawing or numbers of what is on screen.
    fn export(&self, app: &mut Headless, kind: Kind) -> Result<(), Failure> {
        let wanted = Wanted { figure: self.figure.clone(), kind, copied: false };
        let made = app.export(&wanted).map_err(|error| match error {
            ExportError::Gpu(error) => Failure::from(error),
            error => Failure::Usage(error.to_string()),
        })?;
        self.save(&made)
    }

    /// Writes the training as an animated picture.
    fn film(&self, app: &mut Headless) -> Result<(), Failure> {
        let bar = bar(0);
        let told = |[drawn, all]: [usize; 2]| {
            bar.set_length(all as u64);
            bar.set_position(drawn as u64);
        };
        let made = app.film(Motion::Gif, self.figure.clone(), self.every, told);
        bar.finish_and_clear();
        self.save(&made.map_err(|text| Failure::Failed(anyhow::anyhow!(text)))?)
    }

    fn unwritten(&self) -> String {
        format!("could not write the file, check the folder and its rights: {}", self.output.display())
    }

    fn save(&self, made: &Made) -> Result<(), Failure> {
        let (_, bytes) = made.files.first().context("nothing was made")?;
        Ok(write_whole(&self.output, bytes).with_context(|| self.unwritten())?)
    }

    /// Renders the picture.
    pub fn run(&self, context: &Context) -> Outcome {
        can_write(&self.output).with_context(|| self.unwritten())?;
        if self.topic == HOME {
            return self.home(context);
        }
        let topic = find_topic(&self.topic)?;
        let written = self.written()?;
        let picture = match &self.image {
            Some(path) => Some(picture(path)?),
            None => None,
        };
        let dark = self.theme == Theme::Dark;
        let mut app = Headless::new(&context.runtime()?, self.size, dark)?.with_system_fonts();
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
        for given in app::gathered(&self.open) {
            app.shell.show_from(&given[0], app::open_given(&given).map_err(anyhow::Error::from)?);
        }
        // A network looks at groups of pictures before any page is drawn.
        app.open_files();
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
        if app.shell.page().player().is_none() && (self.steps.is_some() || written == Written::Gif) {
            let what =
                if self.steps.is_some() { "leave --steps out" } else { "it cannot be written as .gif" };
            return Err(Failure::Usage(format!("nothing trains on the page {}: {what}", topic.slug)));
        }
        if let Some(steps) = self.steps {
            app.train(steps)?;
        }
        if let (Some(step), Some(player)) = (self.show, app.shell.page().player()) {
            player.show(step);
            app.settle()?;
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
        match written {
            Written::As(kind) => self.export(&mut app, kind)?,
            Written::Gif => self.film(&mut app)?,
        }
        app.shell.notices().iter().for_each(|notice| say(notice));
        if !self.json {
            return print(&format!("{}\n", self.output.display()));
        }
        let measured = app.measure();
        let figures = app.figures();
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
            figures,
            filled: measured.filled,
            clipped: measured.clipped,
            overlaps: measured.overlaps,
            knobs: page.settings_json(),
        })?;
        match audit {
            Some((max_abs, false)) => {
                let report = page.stage.audit.report();
                let mut steps = report.into_iter().flat_map(|report| report.steps.iter().zip(1..));
                let first = steps.find(|((_, found), _)| !found.ok).map_or_else(
                    String::new,
                    |((kernel, found), step)| {
                        format!(", first in step {step}, {kernel}, where {}", found.worst)
                    },
                );
                Err(Failure::Check(format!(
                    "{} differs from the reference by up to {max_abs:e}, more than its kernels' tolerance{first}",
                    topic.slug
                )))
            }
            _ => Ok(()),
        }
    }
}
