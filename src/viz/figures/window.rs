//! The sliding window: which cell of a raster it stands on, and the control that moves it.

use egui::{Align2, Rect, Role, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::control::{self, Face};
use super::strokes::Sign;
use crate::viz::{facts::grouped, theme, words};

/// Where the window stands in a raster of cells, and whether it walks. It moves by egui's clock, and only
/// while it plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walk {
    at: usize,
    total: usize,
    playing: bool,
    /// Cells of a row, for keys that go a row further; 1 where that is not known.
    columns: usize,
    /// What the first cell is called.
    first: usize,
    /// Cells that it passes in a second.
    rate: f32,
    /// When it last moved, in seconds of egui's clock.
    moved: Option<f64>,
}

/// What was done with the control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkEvent {
    /// It walks now, or no longer.
    Played(bool),
    /// It was put on this cell.
    Moved(usize),
}

impl Walk {
    /// On cell `at` of `total`.
    pub fn new(at: usize, total: usize) -> Self {
        let at = at.min(total.saturating_sub(1));
        Self { at, total, playing: false, columns: 1, first: 1, rate: theme::CELLS_PER_SECOND, moved: None }
    }

    /// Counted from 0, where the page numbers its cells so.
    pub fn from_0(self) -> Self {
        Self { first: 0, ..self }
    }

    /// The cell, below [`Self::total`] unless that is 0.
    pub fn at(&self) -> usize {
        self.at
    }

    /// How many cells there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether it walks.
    pub fn playing(&self) -> bool {
        self.playing
    }

    /// Cells that it passes in a second, to be changed.
    pub fn rate(&mut self) -> &mut f32 {
        &mut self.rate
    }

    /// The raster has another size now, and rows of so many cells.
    pub fn resize(&mut self, total: usize, columns: usize) {
        (self.total, self.columns) = (total, columns.max(1));
        self.at = self.at.min(total.saturating_sub(1));
        self.playing &= total > 1;
    }

    /// Starts or stops walking; at the last cell it begins anew.
    pub fn toggle(&mut self) {
        self.playing = !self.playing && self.total > 1;
        self.moved = None;
        if self.playing && self.at + 1 == self.total {
            self.at = 0;
        }
    }

    /// Stands still on cell `at`, or on the last one.
    pub fn scrub(&mut self, at: usize) {
        self.playing = false;
        self.at = at.min(self.total.saturating_sub(1));
    }

    /// Stands still on the next cell.
    pub fn next(&mut self) {
        self.scrub(self.at + 1);
    }

    /// Stands still on the cell before.
    pub fn previous(&mut self) {
        self.scrub(self.at.saturating_sub(1));
    }

    /// Stands still a row further, or back.
    pub fn row(&mut self, down: bool) {
        let columns = self.columns;
        let to = if down { self.at.checked_add(columns) } else { self.at.checked_sub(columns) };
        if let Some(to) = to.filter(|to| *to < self.total) {
            self.scrub(to);
        }
    }

    /// Goes on to where it is at `time`, in seconds of egui's clock; stops at the last cell. Says whether
    /// it moved.
    pub fn advance(&mut self, time: f64) -> bool {
        if !self.playing {
            return false;
        }
        let since = *self.moved.get_or_insert(time);
        let rate = f64::from(self.rate.max(0.01));
        let cells = ((time - since) * rate + 1e-6).floor().max(0.0);
        if cells < 1.0 {
            return false;
        }
        self.moved = Some(since + cells / rate);
        let last = self.total.saturating_sub(1);
        self.at = self.at.saturating_add(cells as usize).min(last);
        self.playing = self.at < last;
        true
    }
}

/// Least width in points in which the slider stands beside the count.
const SLIDER_FROM: f32 = 160.0;

/// Draws the control into `rect` and moves `walk` by it and by the clock: play, slider, count.
pub fn walk(ui: &mut Ui, rect: Rect, walk: &mut Walk) -> Option<WalkEvent> {
    // In room of its own, so that nothing that follows moves.
    draw(&mut ui.new_child(UiBuilder::new().id_salt("sliding window").max_rect(rect)), rect, walk)
}

fn draw(ui: &mut Ui, rect: Rect, walk: &mut Walk) -> Option<WalkEvent> {
    let before = *walk;
    walk.advance(ui.input(|i| i.time));
    if walk.playing {
        ui.ctx().request_repaint_after_secs(1.0 / walk.rate.max(0.01));
    }
    let side = rect.height().min(theme::CONTROL_HEIGHT);
    let play = Rect::from_center_size(pos2(rect.left() + side / 2.0, rect.center().y), vec2(side, side));
    let (sign, spoken) = if walk.playing {
        (Sign::Pause, "Stop the window")
    } else {
        (Sign::Play, "Slide the window over all cells")
    };
    let face = Face { sign: Some(sign), text: "", spoken, primary: false, round: true };
    let pressed = control::button(ui, play, "play", face).on_hover_text(spoken).clicked();
    let number = |n: usize| grouped(n as u64);
    let last = number((walk.total + walk.first).saturating_sub(1));
    let text = format!("{} / {last}", number(((walk.at + 1).min(walk.total) + walk.first).saturating_sub(1)));
    let widest = format!("{last} / {last}");
    let wide = words::width(ui, &widest, theme::number()).ceil();
    let count = Rect::from_min_max(pos2((rect.right() - wide).max(play.right() + 6.0), rect.top()), rect.max);
    let mut sought = None;
    if rect.width() >= SLIDER_FROM && count.left() - play.right() > 60.0 {
        let slider = Rect::from_min_max(
            pos2(play.right() + 14.0, rect.top()),
            pos2(count.left() - 18.0, rect.bottom()),
        );
        let last = walk.total.saturating_sub(1).max(1) as f32;
        let share = walk.at as f32 / last;
        sought =
            control::trough(ui, slider, "slider", share, 7.0, "Cell of the window", (walk.at + 1) as f64)
                .map(|share| (share * last).round() as usize);
    }
    let response = ui.interact(count, ui.scope_id().with("count"), egui::Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("cell {text}")));
    words::write(ui, count, Align2::RIGHT_CENTER, &text, theme::number(), theme::of(ui).dim);
    if let Some(at) = sought.filter(|at| *at != walk.at) {
        walk.scrub(at);
        return Some(WalkEvent::Moved(walk.at));
    }
    if pressed {
        walk.toggle();
        return Some(WalkEvent::Played(walk.playing));
    }
    (before.at != walk.at).then_some(WalkEvent::Moved(walk.at))
}

#[cfg(test)]
mod tests {
    use egui::Rect;

    use super::super::trial::Trial;
    use super::*;

    #[test]
    fn it_moves_four_cells_a_second_and_only_while_it_plays() {
        let mut walk = Walk::new(45, 49);
        assert!(!walk.advance(100.0));
        walk.toggle();
        assert!(!walk.advance(7.0), "the clock starts with the first look");
        assert!(walk.advance(7.5));
        assert_eq!(walk.at(), 47);
        assert!(!walk.advance(7.6));
        assert!(walk.advance(9.0));
        assert_eq!((walk.at(), walk.playing()), (48, false), "it stops at the last cell");
        walk.toggle();
        assert_eq!(walk.at(), 0, "and begins anew");
    }

    #[test]
    fn keys_keep_it_in_the_raster() {
        let mut walk = Walk::new(0, 10);
        walk.previous();
        walk.resize(10, 5);
        walk.row(false);
        assert_eq!(walk.at(), 0);
        walk.row(true);
        walk.row(true);
        assert_eq!(walk.at(), 5);
        walk.scrub(99);
        assert_eq!(walk.at(), 9);
        walk.resize(4, 2);
        assert_eq!(walk.at(), 3);
        walk.resize(0, 0);
        walk.toggle();
        assert_eq!((walk.at(), walk.playing()), (0, false));
    }

    #[test]
    fn clicks_play_and_drags_scrub() {
        let rect = Rect::from_min_size(pos2(10.0, 10.0), vec2(212.0, 30.0));
        for dark in [true, false] {
            let mut state = Walk::new(1616, 3136);
            let mut trial = Trial::new(dark, vec2(240.0, 50.0));
            let event = trial.click(pos2(24.0, 25.0), |ui| walk(ui, rect, &mut state));
            assert_eq!(event, Some(WalkEvent::Played(true)));
            trial.inside(rect);
            let mut state = Walk::new(0, 3);
            let mut trial = Trial::new(dark, vec2(240.0, 50.0));
            let event = trial.click(pos2(150.0, 25.0), |ui| walk(ui, rect, &mut state));
            assert!(matches!(event, Some(WalkEvent::Moved(1 | 2))), "{event:?}");
            trial.says("cell");
        }
    }
}
