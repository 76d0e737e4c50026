//! What runs a training: play, one step, start, speed, seed; the scrubber that is the axis of all curves;
//! the one switch between A and B.

use egui::{Align2, DragValue, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::axis::Axis;
use super::control::{self, Face};
use super::curves;
use super::strokes::Sign;
use crate::viz::facts::grouped;
use crate::viz::{theme, words};

/// How fast steps follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Speed {
    /// One step a picture.
    One,
    /// Four steps a picture.
    Four,
    /// As many as there is time for.
    #[default]
    Max,
}

impl Speed {
    /// All, from slow to fast.
    pub const ALL: [Self; 3] = [Self::One, Self::Four, Self::Max];
}

/// State of a training as the control shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Race {
    /// The step that is shown.
    pub step: u64,
    /// The step at which it stops.
    pub planned: u64,
    /// How many steps "more" adds at the planned end.
    pub more: u64,
    /// Whether it trains.
    pub playing: bool,
    /// How fast.
    pub speed: Speed,
    /// Seed of weights, batches and masks.
    pub seed: u64,
    /// Steps in a second, once measured.
    pub rate: Option<f32>,
    /// Whether Play draws attention to itself: nobody has pressed it yet.
    pub fresh: bool,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RaceEvent {
    /// Train.
    Play,
    /// Stop.
    Pause,
    /// One step.
    Step,
    /// Back to step 0.
    Home,
    /// Show exactly this step.
    Seek(u64),
    /// Begin anew with this seed.
    Seed(u64),
    /// Train this fast.
    Speed(Speed),
    /// Plan so many steps more, and train.
    More(u64),
}

impl Race {
    /// What the primary button does, and how it reads.
    pub fn primary(&self) -> (RaceEvent, String) {
        if self.playing {
            (RaceEvent::Pause, "Pause".into())
        } else if self.step >= self.planned {
            (RaceEvent::More(self.more), format!("{} more", grouped(self.more)))
        } else {
            (RaceEvent::Play, "Play".into())
        }
    }

    /// The seed that the die throws: another one, the same for the same seed, short enough to be said.
    pub fn thrown(&self) -> u64 {
        let mixed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let seed = (mixed >> 33) % 1000;
        if seed == self.seed { seed + 1 } else { seed }
    }
}

/// Widths in points under which words go, then more of them.
const WIDE: f32 = 690.0;
const MIDDLE: f32 = 520.0;
/// Least width of the primary button.
const PRIMARY: f32 = 104.0;

/// Draws the control into `rect`, one line of [`theme::CONTROL_HEIGHT`].
pub fn control(ui: &mut Ui, rect: Rect, race: &Race) -> Option<RaceEvent> {
    ui.push_id("run control", |ui| draw(ui, rect, race)).inner
}

fn draw(ui: &mut Ui, rect: Rect, race: &Race) -> Option<RaceEvent> {
    let c = theme::of(ui);
    let height = rect.height().min(theme::CONTROL_HEIGHT);
    let mut x = rect.left();
    let mut place = |width: f32, space: f32| {
        let own = Rect::from_min_size(pos2(x, rect.top()), vec2(width, height));
        x += width + space;
        own
    };
    let (wide, middle) = (rect.width() >= WIDE, rect.width() >= MIDDLE);
    let space = if wide { 24.0 } else { 10.0 };
    let mut event = None;
    let face = |sign, text, spoken, primary| Face { sign: Some(sign), text, spoken, primary, round: false };
    let home = face(Sign::Home, "", "Back to step 0", false);
    if control::button(ui, place(32.0, 6.0), "home", home).on_hover_text("Back to step 0").clicked() {
        event = Some(RaceEvent::Home);
    }
    let (act, text) = race.primary();
    let sign = if race.playing { Sign::Pause } else { Sign::Play };
    let own = place(control::button_width(ui, &text, true).max(PRIMARY), 6.0);
    if control::button(ui, own, "primary", face(sign, &text, &text, true)).clicked() {
        event = Some(act);
    }
    if race.fresh && !race.playing {
        pulse(ui, own);
    }
    let step = face(Sign::Step, "", "One step", false);
    if control::button(ui, place(32.0, space), "step", step).on_hover_text("One step").clicked() {
        event = Some(RaceEvent::Step);
    }
    let said = |ui: &Ui, rect: Rect, text: &str| {
        words::write(ui, rect, Align2::LEFT_CENTER, text, theme::control(), theme::of(ui).faint);
    };
    if wide {
        said(ui, place(38.0, 4.0), "speed");
    }
    let speeds = [("1×", "Speed 1"), ("4×", "Speed 4"), ("max", "Full speed")];
    let chosen = Speed::ALL.iter().position(|s| *s == race.speed).unwrap_or(2);
    if let Some(i) = control::choices(ui, place(112.0, space), "speed", &speeds, chosen) {
        event = Some(RaceEvent::Speed(Speed::ALL[i]));
    }
    let counted = counter(ui, place(counter_width(ui, race, middle), space), race, middle);
    counted.widget_info(|| {
        WidgetInfo::labeled(Role::Label, true, format!("step {} of {}", race.step, race.planned))
    });
    if wide {
        said(ui, place(32.0, 2.0), "seed");
    }
    if middle {
        if let Some(seed) = seed_field(ui, place(48.0, 6.0), race.seed) {
            event = Some(RaceEvent::Seed(seed));
        }
        let words = if wide { "New seed" } else { "" };
        let width = if wide { control::button_width(ui, words, true) } else { 32.0 };
        let dice = face(Sign::Dice, words, "New seed", false);
        if control::button(ui, place(width, 12.0), "dice", dice).on_hover_text("Another seed").clicked() {
            event = Some(RaceEvent::Seed(race.thrown()));
        }
    }
    let rest = Rect::from_min_max(pos2(x, rect.top()), pos2(rect.right(), rect.top() + height));
    if let Some(rate) = race.rate.filter(|_| rest.width() > 40.0) {
        let text = format!("{} steps / s", words::count(f64::from(rate).max(0.0)));
        if words::width(ui, &text, theme::control()) <= rest.width() {
            words::write(ui, rest, Align2::RIGHT_CENTER, &text, theme::control(), c.faint);
        }
    }
    event
}

/// A ring around Play that comes and goes until it is pressed.
fn pulse(ui: &Ui, rect: Rect) {
    if ui.style().animation_time <= 0.0 {
        return;
    }
    let t = (ui.input(|i| i.time) % 2.0) as f32 / 2.0;
    let stroke = Stroke::new(2.0, theme::of(ui).blue.gamma_multiply(1.0 - t));
    ui.painter().rect_stroke(
        rect.expand(1.0 + 3.0 * t),
        theme::RADIUS + 2.0,
        stroke,
        egui::StrokeKind::Outside,
    );
    ui.ctx().request_repaint_after_secs(1.0 / 30.0);
}

fn counter_parts(race: &Race, words: bool) -> [String; 3] {
    let step = if words { "step " } else { "" };
    let of = if words { " of " } else { " / " };
    [step.into(), grouped(race.step), format!("{of}{}", grouped(race.planned))]
}

fn counter_width(ui: &Ui, race: &Race, words: bool) -> f32 {
    // As wide as the last step will be: nothing moves while it counts.
    let last = Race { step: race.step.max(race.planned), ..race.clone() };
    counter_parts(&last, words)
        .iter()
        .map(|part| words::width(ui, part, theme::semibold(13.0)))
        .sum::<f32>()
        .ceil()
}

fn counter(ui: &mut Ui, rect: Rect, race: &Race, words: bool) -> egui::Response {
    let c = theme::of(ui);
    let mut at = rect;
    let fonts = [theme::control(), theme::semibold(13.0), theme::control()];
    for (part, font) in counter_parts(race, words).iter().zip(fonts) {
        let advance = words::width(ui, part, font.clone());
        words::write(ui, at, Align2::LEFT_CENTER, part, font, c.text);
        at.min.x += advance;
    }
    ui.interact(rect, ui.scope_id().with("counter"), Sense::hover())
}

fn seed_field(ui: &mut Ui, rect: Rect, seed: u64) -> Option<u64> {
    let mut value = seed;
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("seed"));
    let drag = DragValue::new(&mut value).range(0..=999_999_u64).speed(0.1);
    let response = child.add_sized(rect.size(), drag);
    response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, format!("Seed {value}")));
    // A seed restarts: not at every number that a drag or typing passes.
    let held = ui.scope_id().with("seed held");
    if response.dragged() || response.has_focus() {
        if value != seed {
            ui.data_mut(|d| d.insert_temp(held, value));
        }
        return None;
    }
    let kept: Option<u64> = ui.data_mut(|d| d.remove_temp(held));
    Some(if value == seed { kept.unwrap_or(seed) } else { value }).filter(|value| *value != seed)
}

/// Draws the scrubber into `rect`: its trough lies where [`curves::frame`] puts the steps of the curves
/// below. Its axis reaches to the planned end, or to the last step that was trained. Ticks stand at
/// `checkpoints`.
pub fn scrubber(ui: &mut Ui, rect: Rect, race: &Race, steps: Axis, checkpoints: &[u64]) -> Option<RaceEvent> {
    let c = theme::of(ui);
    let inner = curves::frame(rect, false);
    let line = Rect::from_min_max(pos2(inner.left(), rect.top()), pos2(inner.right(), rect.bottom()));
    for at in checkpoints {
        let x = steps.place(*at as f32, line.x_range());
        if line.x_range().contains(x) {
            let y = line.center().y;
            ui.painter().vline(x, y - 7.0..=y + 7.0, Stroke::new(1.0, c.faint));
        }
    }
    let share = steps.share(race.step as f32);
    let moved = control::trough(ui, line, "scrubber", share, 8.0, "Step that is shown", race.step as f64)?;
    let step = steps.value(moved).round().max(0.0) as u64;
    (step != race.step).then_some(RaceEvent::Seek(step))
}

/// Says what the one switch between A and B is: "Only switch: skip", "A off", "B on".
pub fn legend(ui: &mut Ui, rect: Rect, switch: &str, a: &str, b: &str) {
    let c = theme::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("only switch"), Sense::hover());
    let spoken = format!("Only switch: {switch}. A {a}, B {b}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    ui.painter().rect_filled(rect, theme::RADIUS, c.raised);
    let inner = rect.shrink2(vec2(12.0, 0.0));
    let bold = theme::semibold(13.0);
    let b = words::write(ui, inner, Align2::RIGHT_CENTER, &format!("B {b}"), bold.clone(), c.b);
    let left = Rect::from_min_max(inner.min, pos2((b.left() - 10.0).max(inner.left()), inner.bottom()));
    let a = words::write(ui, left, Align2::RIGHT_CENTER, &format!("A {a}"), bold, c.blue);
    let rest = Rect::from_min_max(inner.min, pos2((a.left() - 10.0).max(inner.left()), inner.bottom()));
    words::write(ui, rest, Align2::LEFT_CENTER, &format!("Only switch: {switch}"), theme::control(), c.dim);
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::*;

    fn race() -> Race {
        Race {
            step: 60,
            planned: 150,
            more: 150,
            playing: false,
            speed: Speed::Max,
            seed: 7,
            rate: Some(40.0),
            fresh: true,
        }
    }

    #[test]
    fn the_button_says_what_it_will_do() {
        assert_eq!(race().primary(), (RaceEvent::Play, "Play".into()));
        assert_eq!(Race { playing: true, ..race() }.primary().0, RaceEvent::Pause);
        let done = Race { step: 150, ..race() };
        assert_eq!(done.primary(), (RaceEvent::More(150), "150 more".into()));
        let mut seeds: Vec<u64> = (0..50).map(|seed| Race { seed, ..race() }.thrown()).collect();
        assert!(seeds.iter().enumerate().all(|(i, s)| *s != i as u64));
        seeds.dedup();
        assert_eq!(seeds.len(), 50);
    }

    #[test]
    fn every_width_keeps_its_words_apart_and_its_buttons_alive() {
        for dark in [true, false] {
            for width in [380.0, 540.0, 768.0, 1200.0] {
                let rect = Rect::from_min_size(pos2(8.0, 8.0), vec2(width, 28.0));
                let mut trial = Trial::new(dark, vec2(width + 16.0, 44.0));
                let mut click = |x| trial.click(pos2(x, 22.0), |ui| control(ui, rect, &race()));
                assert_eq!(click(24.0), Some(RaceEvent::Home));
                assert_eq!(click(90.0), Some(RaceEvent::Play));
                assert_eq!(click(168.0), Some(RaceEvent::Step));
                trial.inside(rect);
                trial.apart();
                trial.says("step 60 of 150");
            }
        }
    }

    #[test]
    fn the_scrubber_seeks_the_step_under_the_pointer() {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(460.0, 24.0));
        let steps = Axis::linear(0.0, 150.0);
        let inner = curves::frame(rect, false);
        let mut trial = Trial::new(true, vec2(460.0, 24.0));
        let at = pos2(steps.place(100.0, inner.x_range()), 12.0);
        let event = trial.click(at, |ui| scrubber(ui, rect, &race(), steps, &[0, 50, 100, 150]));
        assert_eq!(event, Some(RaceEvent::Seek(100)));
        trial.says("Step that is shown");
    }

    #[test]
    fn the_switch_fits_its_chip() {
        for width in [120.0, 252.0] {
            let rect = Rect::from_min_size(pos2(4.0, 4.0), vec2(width, 30.0));
            let mut trial = Trial::new(false, vec2(width + 8.0, 38.0));
            trial.frame(vec![], |ui| {
                legend(ui, rect, "skip", "off", "on");
                None::<()>
            });
            trial.inside(rect);
            trial.apart();
            trial.says("Only switch: skip");
        }
    }
}
