//! What keys and menus ask for.

use egui::Ui;

use super::{Place, Shell, Tab, Wish};
use crate::app::command::{Command, pressed};
use crate::app::export::{Kind, Motion, Wanted};
use crate::exhibits::pages;
use crate::viz::figures::race::RaceEvent;

impl Shell {
    pub(super) fn keys(&mut self, ui: &Ui) {
        for command in pressed(ui) {
            // What lies below the palette waits until it is closed.
            if self.palette.is_none() || command == Command::Palette {
                self.run(ui, command);
            }
        }
    }

    /// Does what a command says.
    pub(super) fn run(&mut self, ui: &Ui, command: Command) {
        match command {
            command if command.needs_page() && self.place != Place::Page => {}
            Command::Open => self.wish = Some(Wish::OpenFile),
            Command::Search => {
                // It stands in the navigation, which a narrow window hides.
                self.menu = true;
                self.focus_search = true;
            }
            Command::Palette => self.toggle_palette(),
            Command::Start => self.open_home(),
            Command::Exam => self.open_place(Place::Exam),
            Command::Tour => self.begin_tour(),
            Command::Undo => {
                self.page().undo();
            }
            Command::Redo => {
                self.page().redo();
            }
            Command::Back => self.back(),
            Command::Forward => self.forward(),
            Command::NextPage => self.turn(1),
            Command::PreviousPage => self.turn(-1),
            Command::Reset => self.reset(),
            Command::CopyLink => {
                let link = self.address().to_string();
                ui.ctx().copy_text(link);
            }
            Command::CopyCommand => self.copy_command(ui),
            Command::SavePng => self.export(Wanted { figure: None, kind: Kind::Png(1), copied: false }),
            Command::SaveSvg => self.export(Wanted { figure: None, kind: Kind::Svg, copied: false }),
            Command::SaveGif => self.film(Motion::Gif, None, None),
            Command::SaveSequence => self.film(Motion::Sequence, None, None),
            Command::SaveLearned => self.save_learned(),
            Command::Audit => self.page().stage.request_audit(),
            Command::Preset(i) => self.choose_preset(i),
            Command::Drawer => self.drawer = !self.drawer,
            Command::Release => self.page().stage.inspection.pinned = None,
            _ if self.tab == Tab::Explore => self.play(command),
            _ => {}
        }
    }

    /// Commands for what moves: training, or else the window that slides.
    fn play(&mut self, command: Command) {
        let page = self.page();
        if let Some(player) = page.player() {
            let step = player.showing();
            let checkpoints = player.runs().first().map(crate::nn::Run::checkpoints).unwrap_or_default();
            let event = match command {
                Command::Play if player.is_playing() => Some(RaceEvent::Pause),
                Command::Play => Some(RaceEvent::Play),
                Command::Step => Some(RaceEvent::Step),
                Command::StepBack => Some(RaceEvent::Seek(step.saturating_sub(1))),
                Command::Home => Some(RaceEvent::Home),
                Command::Checkpoint { after: true } => {
                    checkpoints.into_iter().find(|c| *c > step).map(RaceEvent::Seek)
                }
                Command::Checkpoint { after: false } => {
                    checkpoints.into_iter().rev().find(|c| *c < step).map(RaceEvent::Seek)
                }
                _ => None,
            };
            if let Some(event) = event {
                self.run_event(event);
            }
            return;
        }
        let Some(walk) = page.window() else { return };
        match command {
            Command::Play => walk.toggle(),
            Command::Step => walk.next(),
            Command::StepBack => walk.previous(),
            Command::Row { down } => walk.row(down),
            Command::Home => walk.scrub(0),
            _ => {}
        }
    }

    /// The page so many places further in the navigation.
    fn turn(&mut self, by: isize) {
        let here = pages().position(|t| std::ptr::eq(t, self.current)).unwrap_or(0);
        if let Some(topic) = here.checked_add_signed(by).and_then(|to| pages().nth(to)) {
            self.open_topic(topic);
        }
    }
}
