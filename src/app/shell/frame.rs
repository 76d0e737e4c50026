//! What the shell holds, and a frame of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use egui::{CentralPanel, Frame, Margin, Panel, Rect, ScrollArea, Ui, UiBuilder};

use crate::app::exam::Exam;
use crate::app::export::{Exports, Made, Wanted};
use crate::app::foyer::Foyer;
use crate::app::history::History;
use crate::app::looking::Looking;
use crate::app::opening::Opening;
use crate::app::own_picture::OwnPicture;
use crate::app::page::Page;
use crate::app::palette::Palette;
use crate::app::practised::Practised;
use crate::app::state::State;
use crate::app::variants::Chosen;
use crate::exhibits::{Inputs, Topic, topic};
use crate::gpu::Runtime;
use crate::nn::Pace;
use crate::viz::figures::race::Speed;
use crate::viz::{Screen, TRAINING_BUDGET, offer, theme};

/// Stages that stay resident: that of the page on screen and those of the last ones before it.
const RESIDENT: usize = 3;

/// Width of a window in points from which the navigation, and the settings, stand beside the picture; in
/// narrower ones they are opened when they are needed.
pub(super) const WITH_NAVIGATION: f32 = 1000.0;
pub(super) const WITH_SETTINGS: f32 = 1100.0;

/// What the centre shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The live picture.
    #[default]
    Explore,
    /// Question and answer.
    Answer,
    /// Questions with fresh numbers.
    Practice,
    /// PyTorch that computes the same.
    Code,
    /// The WGSL of the kernels on the page.
    Shader,
}

impl Tab {
    /// All, in order.
    pub const ALL: [Self; 5] = [Self::Explore, Self::Answer, Self::Practice, Self::Code, Self::Shader];

    /// Its name on the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Explore => "Explore",
            Self::Answer => "Answer",
            Self::Practice => "Practice",
            Self::Code => "Code",
            Self::Shader => "Shader",
        }
    }
}

/// What the window shows beside the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Doors, and a card for every page.
    Home,
    /// Questions over all topics.
    Exam,
    /// A page.
    #[default]
    Page,
}

/// What the shell asks of whoever runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Show a dialog to open a file.
    OpenFile,
    /// Make a picture, a drawing or numbers of the page, and save or copy them.
    Export(Wanted),
    /// Draw the page, or this figure of it, for a film: see [`Shell::captured`].
    Capture(Option<String>),
    /// Save these files.
    Save(Made),
}

/// The frame around the pages.
pub struct Shell {
    /// The user's picture and sentence.
    pub inputs: Inputs,
    pub(super) inputs_version: u64,
    pub(super) runtime: Runtime,
    pub(super) screen: Screen,
    pub(super) pages: BTreeMap<&'static str, Page>,
    /// Pages by when they were shown, the last one last.
    pub(super) recent: Vec<&'static str>,
    pub(super) current: &'static Topic,
    pub(super) history: History,
    /// What the window shows.
    pub(super) place: Place,
    /// What the centre of a page shows.
    pub tab: Tab,
    /// Audit each page by itself after a pause without changes.
    pub auto_audit: bool,
    /// Show how long kernels took, which no two runs agree on.
    pub shows_times: bool,
    /// Let numbers glide to those of a preset, which no picture must depend on.
    pub glides: bool,
    /// How training is paced: by the time of a frame, or by a number of steps.
    pub pace: Option<usize>,
    pub(super) search: String,
    pub(super) focus_search: bool,
    /// Chapters of the navigation that are unfolded.
    pub(super) unfolded: BTreeSet<&'static str>,
    pub(super) shader: Chosen,
    /// The heading of the answer that is in view, and one to go to.
    pub(super) heading: usize,
    pub(super) heading_wanted: Option<usize>,
    pub(super) notices: Vec<String>,
    pub(super) opening: Opening,
    /// Groups of pictures that the network looks at.
    pub(super) looking: Looking,
    /// Where the settings for models are kept, if they are.
    pub(super) settings_file: Option<PathBuf>,
    /// What was kept of the last time, and where it is kept now.
    pub(super) state: State,
    pub(super) state_file: Option<PathBuf>,
    /// Where the picture comes from: a file, or `gallery:NAME`.
    pub(super) picture_from: Option<String>,
    /// The picture of the last time, while it is opened again.
    pub(super) restoring: Option<PathBuf>,
    pub(super) thumbnails: Vec<egui::TextureHandle>,
    pub(super) own_picture: Option<OwnPicture>,
    /// What home remembers.
    pub(super) foyer: Foyer,
    /// What was asked in practice, and where that is kept, if it is.
    pub(super) practised: Practised,
    pub(super) practised_file: Option<PathBuf>,
    pub(super) exam: Option<Exam>,
    /// The stop of the tour.
    pub(super) tour: Option<usize>,
    pub(super) palette: Option<Palette>,
    /// Somebody has looked at a cell.
    pub(super) hinted: bool,
    pub(super) wish: Option<Wish>,
    /// The frame is one for a picture: nothing lies over the page.
    pub(super) still: bool,
    pub(super) exports: Exports,
    pub(super) markdown: egui_commonmark::CommonMarkCache,
    /// The panel that the words under the pointer speak of.
    pub(super) lit: Option<usize>,
    /// How much larger than usual the interface is drawn because the window is large.
    pub(super) fitted: f32,
    /// The zoom that was kept, until a frame has taken it over.
    pub(super) zoom_wanted: Option<f32>,
    /// Width of the window in points, and what is open of what has no place of its own there.
    pub(super) width: f32,
    pub(super) menu: bool,
    pub(super) drawer: bool,
    /// Where the picture was drawn in the last frame, in points.
    pub(super) stage_rect: Rect,
    /// By how many points the picture was higher than that.
    pub(super) overflow: f32,
}

impl Shell {
    /// A shell on the first topic.
    pub fn new(runtime: &Runtime, screen: &Screen) -> Self {
        let start = topic("convolution-types").expect("this topic is in the registry");
        Self {
            inputs: Inputs::default(),
            inputs_version: 0,
            runtime: runtime.clone(),
            screen: screen.clone(),
            pages: BTreeMap::new(),
            recent: Vec::new(),
            current: start,
            history: History::default(),
            place: Place::Page,
            tab: Tab::Explore,
            auto_audit: true,
            shows_times: true,
            glides: true,
            pace: None,
            search: String::new(),
            focus_search: false,
            unfolded: BTreeSet::from([start.chapter]),
            shader: Chosen::default(),
            heading: 0,
            heading_wanted: None,
            notices: Vec::new(),
            opening: Opening::default(),
            looking: Looking::default(),
            settings_file: None,
            state: State::default(),
            state_file: None,
            picture_from: None,
            restoring: None,
            thumbnails: Vec::new(),
            own_picture: None,
            foyer: Foyer::default(),
            practised: Practised::default(),
            practised_file: None,
            exam: None,
            tour: None,
            palette: None,
            hinted: false,
            wish: None,
            still: false,
            exports: Exports::default(),
            markdown: egui_commonmark::CommonMarkCache::default(),
            lit: None,
            fitted: 1.0,
            zoom_wanted: None,
            width: f32::INFINITY,
            menu: false,
            drawer: false,
            stage_rect: Rect::NOTHING,
            overflow: 0.0,
        }
    }

    /// Goes on, settings kept, on another device.
    pub fn move_to(&mut self, runtime: &Runtime, screen: &Screen) {
        self.runtime = runtime.clone();
        self.screen = screen.clone();
        self.foyer.moved();
        for page in self.pages.values_mut() {
            page.move_to(runtime, screen);
        }
    }

    /// Something that the user should read; stays until it is closed.
    pub fn notify(&mut self, notice: String) {
        self.notices.push(notice);
    }

    /// The notices that have not been closed.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// What the shell asks for, once.
    pub fn take_wish(&mut self) -> Option<Wish> {
        self.wish.take()
    }

    /// Whether the frames that follow are for pictures, which show the page alone.
    pub fn set_still(&mut self, still: bool) {
        self.still = still;
    }

    /// Where the picture was drawn in the last frame, in points.
    pub fn stage_rect(&self) -> Rect {
        self.stage_rect
    }

    /// By how many points the picture was higher than its room in the last frame, and scrolled; negative for room
    /// that was left.
    pub fn overflow(&self) -> f32 {
        self.overflow
    }

    /// Milliseconds of each step of the plan on the GPU; empty where the adapter does not tell, or nobody asks.
    pub(super) fn millis(&mut self) -> Vec<f64> {
        if self.shows_times { self.page().stage.step_millis().to_vec() } else { Vec::new() }
    }

    /// Pages whose sessions are in memory.
    pub fn resident(&self) -> Vec<&'static str> {
        let held =
            |(slug, page): (&&'static str, &Page)| (!page.stage.sessions().is_empty()).then_some(*slug);
        self.pages.iter().filter_map(held).collect()
    }

    /// The page on screen.
    pub fn page(&mut self) -> &mut Page {
        let topic = self.current;
        if self.recent.last() != Some(&topic.slug) {
            self.recent.retain(|slug| *slug != topic.slug);
            self.recent.push(topic.slug);
            if let Some(left) = self.recent.len().checked_sub(RESIDENT + 1)
                && let Some(page) = self.pages.get_mut(self.recent[left])
            {
                page.rest(&self.runtime, &self.screen);
            }
        }
        let (runtime, screen, seed) = (&self.runtime, &self.screen, self.inputs.seed);
        self.pages.entry(topic.slug).or_insert_with(|| Page::new(topic, runtime, screen, seed))
    }

    /// Draws one frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        self.zoom_wanted = None;
        offer::begin(ui.ctx());
        self.keys(ui);
        self.files(ui);
        if self.place == Place::Page {
            self.page().begin_frame();
        }
        let c = theme::of(ui);
        let side = Frame::new().fill(c.side).inner_margin(Margin::symmetric(8, 0));
        let status = Panel::bottom("status").exact_size(theme::STATUS_HEIGHT).frame(side);
        status.show(ui, |ui| self.status(ui));
        // Of fixed width, so that no setting moves the picture.
        self.width = ui.available_width();
        if self.width >= WITH_NAVIGATION || self.menu {
            let navigation = Panel::left("navigation").exact_size(theme::NAVIGATION_WIDTH).resizable(false);
            navigation.frame(side).show(ui, |ui| self.navigation(&mut held(ui)));
        }
        if self.place == Place::Page {
            self.page_ui(ui);
        } else {
            let margin = Margin { left: theme::MARGIN as i8 + 8, right: 10, top: 4, bottom: 4 };
            let panel = CentralPanel::default().frame(Frame::new().inner_margin(margin));
            panel.show(ui, |ui| {
                if !self.still {
                    self.notices_ui(ui);
                }
                self.menu_row(ui);
                self.stage_rect = ui.available_rect_before_wrap();
                match self.place {
                    Place::Exam => self.exam(ui),
                    _ => self.home(ui),
                }
            });
        }
        if !self.still {
            self.palette(ui);
        }
        let ctx = ui.ctx().clone();
        self.advance_film(&ctx);
        self.forward_export(&ctx);
        self.keep_settings(&ctx);
        self.keep_state(&ctx);
    }

    /// The page with its settings.
    fn page_ui(&mut self, ui: &mut Ui) {
        let side = Frame::new().fill(theme::of(ui).side).inner_margin(Margin::symmetric(8, 0));
        if self.width >= WITH_SETTINGS || self.drawer {
            let settings = Panel::right("settings").exact_size(theme::SETTINGS_WIDTH).resizable(false);
            settings.frame(side).show(ui, |ui| match self.tab {
                Tab::Answer => self.contents(&mut held(ui)),
                _ => self.settings(&mut held(ui)),
            });
        }
        let (inputs_version, slug) = (self.inputs_version, self.current.slug);
        let pace = self.pace;
        if let Some(page) = self.pages.get_mut(slug) {
            page.glide(ui.input(|i| i.time));
            page.update(ui.ctx(), &self.inputs, inputs_version);
            // A film does not dawdle.
            let steps = most_steps(page.speed).filter(|_| self.exports.recording.is_none()).or(pace);
            page.stage.pace = steps.map_or(Pace::Fill(TRAINING_BUDGET), Pace::Fixed);
            page.remember(ui.input(|i| i.time));
        }
        let margin = Margin::symmetric(theme::MARGIN as i8, 4);
        CentralPanel::default().frame(Frame::new().inner_margin(margin)).show(ui, |ui| self.centre(ui));
        let ctx = ui.ctx().clone();
        let auto_audit = self.auto_audit;
        self.page().end_frame(&ctx, auto_audit);
    }

    /// Records the frame's GPU work; after [`Shell::ui`], before painting.
    pub fn encode(&mut self, encoder: Option<&mut wgpu::CommandEncoder>) {
        match (self.place, &mut self.foyer.alive) {
            (Place::Page, _) => self.page().stage.encode(encoder),
            (_, Some(alive)) => alive.encode(encoder),
            _ => {}
        }
    }

    /// Goes on, between frames, with what takes longer than one; whether there is more.
    pub fn advance(&mut self) -> bool {
        match (self.place, &mut self.foyer.alive) {
            (Place::Page, _) => self.page().stage.advance(),
            (_, Some(alive)) => alive.page().stage.advance(),
            _ => false,
        }
    }

    /// The page that runs in the place of its picture on home.
    pub fn alive(&mut self) -> Option<&mut Page> {
        Some(self.foyer.alive.as_mut()?.page())
    }

    fn centre(&mut self, ui: &mut Ui) {
        // What stands above the picture and is wider than the window does not widen it.
        let right = ui.max_rect().right();
        if !self.still {
            self.notices_ui(ui);
            self.film_ui(ui);
            self.tour_bar(ui);
        }
        self.title_row(ui);
        match self.tab {
            Tab::Explore => {
                self.lesson_rows(ui);
                self.run_row(ui);
                let mut room = ui.available_rect_before_wrap();
                room.max.x = right;
                self.stage_rect = room;
                let ui = &mut ui.new_child(UiBuilder::new().max_rect(room));
                let out = ScrollArea::both().auto_shrink(false).show(ui, |ui| self.page().canvas_ui(ui));
                self.overflow = out.content_size.y - out.inner_rect.height();
                self.lit_panel(ui);
                self.figure_menus(ui);
                self.hint(ui, room);
            }
            Tab::Answer => {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| self.answer(ui));
            }
            Tab::Practice => {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| self.practice(ui));
            }
            Tab::Code => self.code(ui),
            Tab::Shader => self.shader(ui),
        }
    }
}

/// Steps a frame at most, at a speed.
fn most_steps(speed: Speed) -> Option<usize> {
    match speed {
        Speed::One => Some(1),
        Speed::Four => Some(4),
        Speed::Max => None,
    }
}

/// The room of a panel, which stays as wide as it is whatever is drawn there.
fn held(ui: &mut Ui) -> Ui {
    let room = ui.max_rect();
    ui.new_child(UiBuilder::new().max_rect(room))
}
