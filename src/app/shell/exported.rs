//! Taking figures and pages away: the menu at a figure, that of the page, and the command that makes the same
//! picture.

use egui::containers::menu::menu_style;
use egui::{
    Align2, Context, Id, Layout, Popup, PopupAnchor, PopupKind, Pos2, Role, Sense, Ui, WidgetInfo, vec2,
};

use super::files::{CLIPBOARD, OWN_PICTURES};
use super::{Place, Shell, Tab, Wish};
use crate::app::command::Command;
use crate::app::export::{Kind, Made, Wanted};
use crate::viz::offer::{self, Numbers, Offer};
use crate::viz::{theme, words};

/// Sides of the button at a figure.
const BUTTON: [f32; 2] = [26.0, 18.0];
/// How many times as many pixels a picture may have.
const SCALES: [u32; 3] = [1, 2, 4];
/// Letters that a shell takes as they are.
const PLAIN: &str = "-_./=:,+@%";

impl Shell {
    /// Asks for a page or a figure; the wish follows once its numbers have arrived.
    pub fn export(&mut self, wanted: Wanted) {
        self.exports.saved = None;
        self.exports.wanted = Some(wanted);
    }

    /// Says where something was saved, in the line at the foot.
    pub fn saved(&mut self, text: String) {
        self.exports.saved = Some(text);
    }

    /// Hands what was asked for to whoever runs the shell, once its numbers are there.
    pub(super) fn forward_export(&mut self, ctx: &Context) {
        if self.still || self.wish.is_some() {
            return;
        }
        let Some(wanted) = self.exports.wanted.take() else { return };
        if !self.has_arrived(ctx, &wanted) {
            self.exports.wanted = Some(wanted);
            ctx.request_repaint();
            return;
        }
        self.wish = Some(Wish::Export(wanted));
    }

    fn has_arrived(&mut self, ctx: &Context, wanted: &Wanted) -> bool {
        if !wanted.kind.is_numbers() || self.place != Place::Page {
            return true;
        }
        let offers = offer::all(ctx);
        match offers.into_iter().find(|offer| Some(&offer.title) == wanted.figure.as_ref()) {
            Some(Offer { numbers: Numbers::Map { of, tensor, .. }, .. }) => {
                self.page().stage.fresh_values(of, tensor.buf).is_some()
            }
            _ => true,
        }
    }

    /// The button at the figure under the pointer, and the menu of a figure.
    pub(super) fn figure_menus(&mut self, ui: &mut Ui) {
        if self.still {
            return;
        }
        let pointer =
            ui.ctx().pointer_latest_pos().filter(|at| ui.ctx().layer_id_at(*at) == Some(ui.layer_id()));
        if pointer.is_none() && self.exports.menu.is_none() {
            return;
        }
        let offers = offer::all(ui.ctx());
        let smallest = |a: &&Offer, b: &&Offer| a.rect.area().total_cmp(&b.rect.area());
        let under = |at: Pos2| offers.iter().filter(|offer| offer.rect.contains(at)).min_by(smallest);
        if let (Some(at), Some(offer)) = (pointer, pointer.and_then(under)) {
            let clicked = ui.input(|i| i.pointer.secondary_clicked()) && !offer::was_click_taken(ui.ctx());
            if button(ui, offer) || clicked {
                self.exports.menu = Some((offer.title.clone(), at));
            }
        }
        let Some((title, at)) = self.exports.menu.clone() else { return };
        let Some(offer) = offers.iter().find(|offer| offer.title == title) else {
            self.exports.menu = None;
            return;
        };
        // So that the menu knows what can be made of them.
        offer::ask_for_numbers(ui.ctx());
        let mut open = true;
        let menu =
            Popup::new(Id::unique("figure menu"), ui.ctx().clone(), PopupAnchor::Position(at), ui.layer_id());
        let menu = menu.kind(PopupKind::Menu).layout(Layout::top_down_justified(egui::Align::Min));
        menu.style(menu_style).gap(0.0).open_bool(&mut open).show(|ui| self.figure_menu_ui(ui, offer));
        if !open {
            self.exports.menu = None;
        }
    }

    fn figure_menu_ui(&mut self, ui: &mut Ui, offer: &Offer) {
        words::caption(ui, &offer.title);
        let figure = Some(offer.title.clone());
        self.kinds_ui(ui, figure.clone(), matrix(&offer.numbers));
        if ui.button("Copy numbers").clicked() {
            self.export(Wanted { figure, kind: Kind::Csv, copied: true });
        }
        ui.separator();
        self.commands_ui(ui, &[Command::CopyCommand, Command::CopyLink]);
    }

    /// The menu of the page.
    pub(super) fn page_menu_ui(&mut self, ui: &mut Ui) {
        self.kinds_ui(ui, None, false);
        ui.separator();
        self.commands_ui(ui, &[Command::CopyCommand, Command::CopyLink]);
        if self.page().player().is_some() {
            ui.separator();
            self.commands_ui(ui, &[Command::SaveGif, Command::SaveSequence]);
        }
        if self.page().learned().is_some() {
            self.commands_ui(ui, &[Command::SaveLearned]);
        }
    }

    /// Has what was learned on the page saved, where it is of use elsewhere.
    pub fn save_learned(&mut self) {
        let learned = self.page().learned().map(|learned| (learned.file, (learned.make)()));
        match learned {
            Some((file, Ok(bytes))) => self.wish = Some(Wish::Save(Made::file(file.to_owned(), bytes))),
            Some((_, Err(error))) => self.notify(error.to_string()),
            None => {}
        }
    }

    /// The kinds of files that can be made; `figure` `None` for the page, which has no numbers.
    fn kinds_ui(&mut self, ui: &mut Ui, figure: Option<String>, matrix: bool) {
        for (kind, name) in Kind::ALL {
            let mut chosen = None;
            match kind {
                Kind::Png(_) => {
                    ui.horizontal(|ui| {
                        ui.label(name);
                        for scale in SCALES {
                            let button = ui.button(format!("{scale}×"));
                            button.widget_info(|| {
                                WidgetInfo::labeled(
                                    Role::Button,
                                    true,
                                    format!("{name}, {scale} times the size"),
                                )
                            });
                            if button.clicked() {
                                chosen = Some(Kind::Png(scale));
                            }
                        }
                    });
                }
                Kind::Csv | Kind::Npy if figure.is_none() => continue,
                _ => {
                    let possible = kind != Kind::Npy || matrix;
                    if ui.add_enabled(possible, egui::Button::new(name)).clicked() {
                        chosen = Some(kind);
                    }
                }
            }
            if let Some(kind) = chosen {
                self.export(Wanted { figure: figure.clone(), kind, copied: false });
                ui.close();
            }
        }
    }

    fn commands_ui(&mut self, ui: &mut Ui, commands: &[Command]) {
        for command in commands {
            if ui.button(command.name()).clicked() {
                self.run(ui, *command);
            }
        }
    }

    /// Copies the command that draws this very picture.
    pub(super) fn copy_command(&mut self, ui: &Ui) {
        let command = self.command_line(ui.ctx());
        ui.ctx().copy_text(command);
        if self.page().reads_picture() && self.inputs.picture().name() == CLIPBOARD {
            let text = "the command was copied, but the pasted picture lies in no file: save it, and add --image FILE";
            self.notify(text.to_owned());
        }
    }

    /// The command that draws this very picture without a window. What is pinned is in no command.
    pub fn command_line(&mut self, ctx: &Context) -> String {
        let mut words = vec!["glassbox".to_owned(), "render".to_owned()];
        let mut add = |option: &str, value: String| words.extend([option.to_owned(), quoted(&value)]);
        let page = self.page();
        let (slug, settings) = (page.topic.slug, page.changed_settings());
        let reads_picture = page.reads_picture();
        let trained = page.player().map(|player| (player.step(), player.target()));
        words_of_settings(&settings, &mut add);
        if let Some(from) = self.picture_from.as_ref().filter(|_| reads_picture) {
            add("--image", from.clone());
        }
        for file in self.exports.opened_from.iter().filter(|_| self.current.is_explorer()) {
            add("--open", file.display().to_string());
        }
        let own = settings.iter().any(|(name, value)| OWN_PICTURES.1 == format!("{name}={value}"));
        for folder in self.exports.folders.iter().filter(|_| own) {
            add("--open", folder.display().to_string());
        }
        if self.inputs.seed != 0 {
            add("--seed", self.inputs.seed.to_string());
        }
        if let Some((done, shown)) = trained.filter(|(done, _)| *done > 0) {
            add("--steps", done.to_string());
            if shown < done {
                add("--show", shown.to_string());
            }
        }
        if self.tab != Tab::Explore {
            add("--tab", self.tab.name().to_lowercase());
        }
        if ctx.theme() == egui::Theme::Light {
            add("--theme", "light".to_owned());
        }
        let size = ctx.content_rect().size() * ctx.pixels_per_point();
        let [width, height] = [size.x, size.y].map(|side| side.round() as u32);
        if [width, height] != [1280, 800] {
            add("--size", format!("{width}x{height}"));
        }
        add("-o", format!("{slug}.png"));
        words.insert(2, slug.to_owned());
        words.join(" ")
    }
}

fn words_of_settings(settings: &crate::settings::Settings, add: &mut impl FnMut(&str, String)) {
    for (name, value) in settings.iter() {
        add("--set", format!("{name}={value}"));
    }
}

/// A word as a shell reads it: as it is, or in single quotes.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || PLAIN.contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Whether numbers make one array.
fn matrix(numbers: &Numbers) -> bool {
    match numbers {
        Numbers::Map { .. } => true,
        Numbers::Table(table) => table.as_ref().is_some_and(|table| table.matrix().is_some()),
    }
}

/// Three dots in the line of a figure's name, where it has room; whether they were clicked.
fn button(ui: &mut Ui, offer: &Offer) -> bool {
    let size = vec2(BUTTON[0], BUTTON[1]);
    let Some(head) = offer.head.filter(|head| head.width() >= size.x + 8.0) else { return false };
    let right = head.right().min(offer.rect.right());
    let rect = Align2::RIGHT_CENTER.align_size_within_rect(size, head.with_max_x(right));
    if rect.left() < head.left() {
        return false;
    }
    let response = ui.interact(rect, ui.scope_id().with("export"), Sense::click());
    let spoken = format!("Export {}", offer.title);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    let c = theme::of(ui);
    let (fill, ink) = if response.hovered() { (c.hover, c.text) } else { (c.raised, c.dim) };
    ui.painter().rect_filled(rect, theme::RADIUS_TAG, fill);
    for x in [-5.0, 0.0, 5.0] {
        ui.painter().circle_filled(rect.center() + vec2(x, 0.0), 1.5, ink);
    }
    response.on_hover_text("Save or copy this figure (right click)").clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_quoted_words_as_they_were() {
        assert_eq!(quoted("stride=4"), "stride=4");
        assert_eq!(quoted("image=zone plate"), "'image=zone plate'");
        assert_eq!(quoted("text=it didn't"), "'text=it didn'\\''t'");
        assert_eq!(quoted(""), "''");
    }
}
