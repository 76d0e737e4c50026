//! A user who does anything, from a seed: what no test thinks of is found by somebody who does not think.

use egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, pos2, vec2,
};

use super::command::COMMANDS;
use super::headless::Headless;
use crate::data::gallery::GALLERY;
use crate::exhibits::{Topic, pages};
use crate::ops::philox::Rng;

/// Frames that are drawn after something was done, at most; a user does not wait.
const FRAMES: u32 = 6;
/// Points of a drag, and between two of them.
const DRAG: (u32, f32) = (8, 40.0);
/// What is typed where something takes letters, such as a sentence, a network or a number.
const TYPED: [&str; 8] =
    ["7", "0.5", "conv 4 of 3x3, relu", "the bank of the river", "-", "ß→∞", "1e9", "soft"];

/// A random one of the ends of each knob, out of those of all knobs one after the other.
pub fn combination(ends: &[String], rng: &mut Rng) -> Vec<String> {
    let name = |end: &str| end.split_once('=').map(|(name, _)| name.to_owned());
    let knobs = ends.chunk_by(|a, b| name(a) == name(b));
    knobs.map(|knob| knob[rng.below(knob.len() as u32) as usize].clone()).collect()
}

/// A user who does anything.
pub struct Visitor {
    rng: Rng,
    pointer: Pos2,
    /// Things done.
    pub actions: usize,
    /// Pages opened.
    pub pages: usize,
}

impl Visitor {
    /// The one of a seed.
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), pointer: Pos2::ZERO, actions: 0, pages: 0 }
    }

    fn below(&mut self, n: usize) -> usize {
        self.rng.below(u32::try_from(n).unwrap_or(u32::MAX)) as usize
    }

    /// Whether home and every page were looked at once: what pictures, programs and models take is there from then on.
    pub fn has_seen_all(&self) -> bool {
        self.actions > pages().count()
    }

    /// Does one thing, and draws some frames; gives in words what was done. At first that is to open one page after the
    /// other, and home. Files that it would have saved are made and dropped.
    pub fn act(&mut self, app: &mut Headless) -> String {
        let first = (!self.has_seen_all()).then(|| pages().nth(self.actions));
        self.actions += 1;
        if let Some(page) = first {
            return self.look_at_first(app, page);
        }
        let done = match self.below(100) {
            0..8 => self.open_any(app),
            8..26 => self.turn(app),
            26..30 => self.mix(app),
            30..36 => self.choose(app),
            36..60 => self.point(app, false),
            60..72 => self.point(app, true),
            72..78 => self.drag(app),
            78..82 => self.scroll(app),
            82..93 => self.press(app),
            93..96 => self.type_text(app),
            96..98 => self.resize(app),
            _ => self.give_picture(app),
        };
        for _ in 0..=self.rng.below(FRAMES) {
            app.frame();
        }
        app.serve();
        done
    }

    /// Opens a page or home, and lets learn what can.
    fn look_at_first(&mut self, app: &mut Headless, page: Option<&'static Topic>) -> String {
        let done = match page {
            Some(topic) => self.open(app, topic),
            None => {
                app.shell.open_home();
                "open home".to_owned()
            }
        };
        // A lost device is found by whoever looks for it.
        let _ = app.settle();
        // The programs of training are there from then on as well.
        if let Some(player) = app.shell.page().player().filter(|_| page.is_some()) {
            player.play();
        }
        (0..FRAMES).for_each(|_| app.frame());
        done
    }

    fn open_any(&mut self, app: &mut Headless) -> String {
        let all: Vec<&'static Topic> = pages().collect();
        let topic = all[self.below(all.len())];
        self.open(app, topic)
    }

    fn open(&mut self, app: &mut Headless, topic: &'static Topic) -> String {
        self.pages += 1;
        app.shell.open_topic(topic);
        format!("open {}", topic.slug)
    }

    /// Sets a knob to one of its ends.
    fn turn(&mut self, app: &mut Headless) -> String {
        let page = app.shell.page();
        let ends = page.ends();
        if ends.is_empty() {
            return "no knob".into();
        }
        let end = ends[self.below(ends.len())].clone();
        // A range may hang on another knob: what is refused stays as it was.
        let _ = page.set(&end);
        format!("set {end} on {}", page.topic.slug)
    }

    /// Sets every knob to one of its ends, and lets learn what can.
    fn mix(&mut self, app: &mut Headless) -> String {
        let mut set = combination(&app.shell.page().ends(), &mut self.rng);
        set.retain(|end| app.shell.page().set(end).is_ok());
        app.frame();
        let page = app.shell.page();
        if let Some(player) = page.player() {
            player.play();
        }
        format!("set {} on {}", set.join("&"), page.topic.slug)
    }

    fn choose(&mut self, app: &mut Headless) -> String {
        let count = app.shell.page().topic.lesson().presets.len();
        let preset = self.below(count.max(1));
        app.shell.choose_preset(preset);
        format!("preset {preset}")
    }

    /// A place in the window.
    fn place(&mut self, app: &Headless) -> Pos2 {
        let [wide, high] = app.points();
        pos2(self.rng.uniform() * wide, self.rng.uniform() * high)
    }

    fn move_to(&mut self, app: &mut Headless, to: Pos2) {
        self.pointer = to;
        app.event(Event::PointerMoved(to));
    }

    fn button(&self, app: &mut Headless, pressed: bool) {
        let (pos, button, modifiers) = (self.pointer, PointerButton::Primary, Modifiers::NONE);
        app.event(Event::PointerButton { pos, button, pressed, modifiers });
    }

    /// Points at a place, and clicks there if asked to.
    fn point(&mut self, app: &mut Headless, clicks: bool) -> String {
        let to = self.place(app);
        self.move_to(app, to);
        app.frame();
        if clicks {
            for pressed in [true, false] {
                self.button(app, pressed);
                app.frame();
            }
        }
        format!("{} {:.0}, {:.0}", if clicks { "click" } else { "point at" }, to.x, to.y)
    }

    fn drag(&mut self, app: &mut Headless) -> String {
        let from = self.place(app);
        self.move_to(app, from);
        app.frame();
        self.button(app, true);
        let (points, step) = DRAG;
        for _ in 0..points {
            let way = vec2(self.rng.uniform() - 0.5, self.rng.uniform() - 0.5) * 2.0 * step;
            let to = self.pointer + way;
            self.move_to(app, to);
            app.frame();
        }
        self.button(app, false);
        format!("drag from {:.0}, {:.0}", from.x, from.y)
    }

    fn scroll(&mut self, app: &mut Headless) -> String {
        let delta = vec2(0.0, 400.0 * (self.rng.uniform() - 0.5));
        let modifiers = if self.below(4) == 0 { Modifiers::COMMAND } else { Modifiers::NONE };
        let (unit, phase, source) = (MouseWheelUnit::Point, TouchPhase::Move, MouseWheelSource::Wheel);
        app.event(Event::MouseWheel { unit, delta, phase, source, modifiers });
        format!("scroll {:.0}", delta.y)
    }

    /// Calls a command by its key.
    fn press(&mut self, app: &mut Headless) -> String {
        let keys: Vec<_> = COMMANDS.iter().filter_map(|entry| entry.key).collect();
        let more = [Key::Tab, Key::Enter, Key::Escape, Key::ArrowDown, Key::Backspace];
        let at = self.below(keys.len() + more.len());
        let (key, modifiers) = match keys.get(at) {
            Some(shortcut) => (shortcut.logical_key, shortcut.modifiers),
            None => (more[at - keys.len()], Modifiers::NONE),
        };
        for pressed in [true, false] {
            app.event(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
            app.frame();
        }
        format!("press {modifiers:?} {}", key.name())
    }

    fn type_text(&mut self, app: &mut Headless) -> String {
        let text = TYPED[self.below(TYPED.len())];
        app.event(Event::Text(text.to_owned()));
        format!("type {text}")
    }

    /// Looks at the page in a window of another size, in either theme.
    fn resize(&mut self, app: &mut Headless) -> String {
        let size = [(400, 1600), (300, 1000)].map(|(least, more)| least + self.rng.below(more));
        let dark = self.below(2) == 0;
        app.measure_at(size, dark);
        app.set_dark(dark);
        format!("resize to {}x{}", size[0], size[1])
    }

    fn give_picture(&mut self, app: &mut Headless) -> String {
        let sample = &GALLERY[self.below(GALLERY.len())];
        app.shell.set_picture(sample.picture());
        format!("drop {}", sample.name)
    }
}
