//! The frame around the pages: navigation, header with tabs and audit badge, settings, inspector,
//! status. Knows nothing of windows; the same code draws on screen, into a file and in tests.

mod files;
mod gallery;
mod side;
mod tabs;

use std::collections::BTreeMap;
use std::path::PathBuf;

use egui::{Align, Key, Layout, Modifiers, Panel, RichText, ScrollArea, Ui};

use crate::app::opening::Opening;
use crate::app::page::Page;
use crate::exhibits::{CHAPTERS, EXPLORE, Inputs, Topic, pages, topic};
use crate::gpu::Runtime;
use crate::viz::{Screen, theme};

/// Room that the audit's badge needs beside the tabs, with its longest text.
const BADGE_WIDTH: f32 = 196.0;
/// Height of the centre below which it stays in their row all the same.
const LOW: f32 = 500.0;

/// What the centre shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The live picture.
    #[default]
    Explore,
    /// Question, answer, practice.
    Answer,
    /// The WGSL of the kernels on the page.
    Shader,
}

/// What the shell asks of whoever runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Show a dialog to open a file.
    OpenFile,
}

/// The frame around the pages.
pub struct Shell {
    /// The user's picture and sentence.
    pub inputs: Inputs,
    inputs_version: u64,
    runtime: Runtime,
    screen: Screen,
    pages: BTreeMap<&'static str, Page>,
    current: &'static Topic,
    /// What the centre shows.
    pub tab: Tab,
    /// Audit each page by itself after a pause without changes.
    pub auto_audit: bool,
    search: String,
    focus_search: bool,
    shader: usize,
    notices: Vec<String>,
    opening: Opening,
    /// Where the settings for models are kept, if they are.
    settings_file: Option<PathBuf>,
    thumbnails: Vec<egui::TextureHandle>,
    wish: Option<Wish>,
    markdown: egui_commonmark::CommonMarkCache,
    frame_ms: f32,
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
            current: start,
            tab: Tab::Explore,
            auto_audit: true,
            search: String::new(),
            focus_search: false,
            shader: 0,
            notices: Vec::new(),
            opening: Opening::default(),
            settings_file: None,
            thumbnails: Vec::new(),
            wish: None,
            markdown: egui_commonmark::CommonMarkCache::default(),
            frame_ms: 0.0,
        }
    }

    /// Goes on, settings kept, on another device.
    pub fn move_to(&mut self, runtime: &Runtime, screen: &Screen) {
        self.runtime = runtime.clone();
        self.screen = screen.clone();
        for page in self.pages.values_mut() {
            page.move_to(runtime, screen);
        }
    }

    /// Opens a topic's page.
    pub fn open_topic(&mut self, topic: &'static Topic) {
        self.current = topic;
        self.shader = 0;
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

    /// How long the last frame took to prepare and submit, in milliseconds; for the status bar.
    pub fn set_frame_ms(&mut self, ms: f32) {
        self.frame_ms = ms;
    }

    /// The page on screen.
    pub fn page(&mut self) -> &mut Page {
        let topic = self.current;
        let (runtime, screen, seed) = (&self.runtime, &self.screen, self.inputs.seed);
        self.pages.entry(topic.slug).or_insert_with(|| Page::new(topic, runtime, screen, seed))
    }

    /// Draws one frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        self.keys(ui);
        self.files(ui);
        self.page().begin_frame();
        let status = Panel::bottom("status").exact_size(26.0);
        status.show(ui, |ui| self.status(ui));
        let navigation = Panel::left("navigation").default_size(theme::NAVIGATION_WIDTH).resizable(true);
        navigation.show(ui, |ui| self.navigation(ui));
        let settings = Panel::right("settings").default_size(theme::SETTINGS_WIDTH).resizable(true);
        settings.show(ui, |ui| self.settings(ui));
        let (inputs_version, slug) = (self.inputs_version, self.current.slug);
        if let Some(page) = self.pages.get_mut(slug) {
            page.update(&self.inputs, inputs_version);
        }
        egui::CentralPanel::default().show(ui, |ui| self.centre(ui));
        let ctx = ui.ctx().clone();
        let auto_audit = self.auto_audit;
        self.page().end_frame(&ctx, auto_audit);
        self.keep_settings(&ctx);
    }

    /// Records the frame's GPU work; after [`Shell::ui`], before painting.
    pub fn encode(&mut self, encoder: Option<&mut wgpu::CommandEncoder>) {
        self.page().stage.encode(encoder);
    }

    fn keys(&mut self, ui: &Ui) {
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND, Key::O) {
            self.wish = Some(Wish::OpenFile);
        }
        if pressed(Modifiers::COMMAND, Key::F) || pressed(Modifiers::COMMAND, Key::K) {
            self.focus_search = true;
        }
        if ui.input(|i| i.key_pressed(Key::Escape)) {
            self.page().stage.inspection.pinned = None;
        }
        let here = pages().position(|t| std::ptr::eq(t, self.current)).unwrap_or(0);
        for (key, to) in [(Key::PageDown, here + 1), (Key::PageUp, here.wrapping_sub(1))] {
            if pressed(Modifiers::COMMAND, key)
                && let Some(topic) = pages().nth(to)
            {
                self.open_topic(topic);
            }
        }
    }

    fn navigation(&mut self, ui: &mut Ui) {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Glassbox").heading());
        });
        ui.add_space(2.0);
        let search = egui::TextEdit::singleline(&mut self.search)
            .hint_text("Search topics (Ctrl+F)")
            .desired_width(f32::INFINITY);
        let search = ui.add(search);
        search.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Search topics"));
        if std::mem::take(&mut self.focus_search) {
            search.request_focus();
        }
        let wanted = self.search.to_lowercase();
        let matches = |t: &Topic| {
            let text = format!("{} {} {}", t.title, t.slug, t.note).to_lowercase();
            wanted.split_whitespace().all(|word| text.contains(word))
        };
        if search.lost_focus()
            && ui.input(|i| i.key_pressed(Key::Enter))
            && let Some(first) = pages().find(|t| matches(t))
        {
            self.open_topic(first);
        }
        ui.add_space(4.0);
        ScrollArea::vertical().show(ui, |ui| {
            let mut any = false;
            for &chapter in [EXPLORE].iter().chain(CHAPTERS) {
                let topics: Vec<_> = pages().filter(|t| t.chapter == chapter && matches(t)).collect();
                if topics.is_empty() {
                    continue;
                }
                any = true;
                ui.add_space(8.0);
                let color = theme::faint(ui.visuals());
                ui.label(RichText::new(chapter).small().strong().color(color));
                for topic in topics {
                    let here = std::ptr::eq(topic, self.current);
                    let width = ui.available_width();
                    let row = egui::Button::selectable(here, topic.title).min_size(egui::vec2(width, 26.0));
                    if ui.add(row).clicked() {
                        self.open_topic(topic);
                    }
                }
            }
            if !any {
                ui.add_space(8.0);
                ui.label(format!("No topic mentions \"{}\".", self.search.trim()));
            }
        });
    }

    fn centre(&mut self, ui: &mut Ui) {
        if let Some(name) = self.opening_name() {
            let text = format!("Opening {name}…");
            egui::Frame::group(ui.style()).show(ui, |ui| ui.add(egui::Label::new(text).wrap()));
        }
        let mut close = None;
        for (i, notice) in self.notices.iter().enumerate() {
            egui::Frame::group(ui.style()).stroke((1.0, theme::WARN)).show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if ui.button("Close").clicked() {
                            close = Some(i);
                        }
                        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                            ui.add(egui::Label::new(notice).wrap().selectable(true));
                        });
                    });
                });
            });
        }
        if let Some(i) = close {
            self.notices.remove(i);
        }
        let low = ui.available_height() < LOW;
        let mut room = true;
        ui.horizontal(|ui| {
            ui.heading(self.current.title);
            ui.add_space(12.0);
            for (tab, name) in [(Tab::Explore, "Explore"), (Tab::Answer, "Answer"), (Tab::Shader, "Shader")] {
                if ui.selectable_label(self.tab == tab, name).clicked() {
                    self.tab = tab;
                }
            }
            // In a low window the picture needs the height more than the badge its own row.
            room = ui.available_width() >= BADGE_WIDTH || low;
            if room {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.badge(ui));
            }
        });
        if !room {
            ui.horizontal(|ui| self.badge(ui));
        }
        ui.separator();
        match self.tab {
            Tab::Explore => {
                ScrollArea::both().auto_shrink(false).show(ui, |ui| self.page().canvas_ui(ui));
            }
            Tab::Answer => {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| self.answer(ui));
            }
            Tab::Shader => self.shader(ui),
        }
    }

    fn status(&mut self, ui: &mut Ui) {
        ui.horizontal_centered(|ui| {
            let faint = theme::faint(ui.visuals());
            let small = |text: String| RichText::new(text).small();
            match self.runtime.gpu() {
                Some(gpu) => {
                    ui.label(small(gpu.info.name.clone()));
                    let backend = match gpu.info.backend {
                        wgpu::Backend::Gl => "OpenGL".to_owned(),
                        other => format!("{other:?}"),
                    };
                    ui.label(small(backend).color(faint));
                    if gpu.profile.software {
                        let mark = small("software rasterizer".into()).color(theme::accent_text(ui.visuals()));
                        ui.label(mark).on_hover_text(
                            "No GPU was found; the processor runs the shaders. All numbers are the same, only slower.",
                        );
                    }
                }
                None => {
                    ui.label(small("CPU reference, no adapter".into()));
                }
            }
            let millis: f64 = self.page().stage.step_millis().iter().sum();
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                theme_choice(ui);
                ui.label(small(format!("frame {:.1} ms", self.frame_ms)).color(faint));
                if millis > 0.0 {
                    ui.label(small(format!("kernels {millis:.2} ms")).color(faint));
                }
            });
        });
    }
}

/// Light, dark, or what the system says.
fn theme_choice(ui: &mut Ui) {
    let mut preference = ui.ctx().options(|o| o.theme_preference);
    let before = preference;
    for (choice, name) in [
        (egui::ThemePreference::System, "System"),
        (egui::ThemePreference::Dark, "Dark"),
        (egui::ThemePreference::Light, "Light"),
    ] {
        ui.selectable_value(&mut preference, choice, RichText::new(name).small());
    }
    if preference != before {
        ui.ctx().set_theme(preference);
    }
}
