//! What can be done from anywhere, in one table: keys, menus and a palette read it.

use egui::{Key, KeyboardShortcut, Modifiers};

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Choose a file.
    Open,
    /// Go to the search field.
    Search,
    /// Open the palette, or close it.
    Palette,
    /// To the page that everything begins with.
    Start,
    /// To the exam.
    Exam,
    /// Begin the tour.
    Tour,
    /// Take the last change of the settings back.
    Undo,
    /// Make it again.
    Redo,
    /// To the page and the settings before.
    Back,
    /// And forward again.
    Forward,
    /// The page below in the navigation.
    NextPage,
    /// The page above.
    PreviousPage,
    /// All settings of the page back to their defaults.
    Reset,
    /// The address of the page with its settings, to the clipboard.
    CopyLink,
    /// The command that draws the same picture, to the clipboard.
    CopyCommand,
    /// The page as a picture.
    SavePng,
    /// The page as a drawing.
    SaveSvg,
    /// The training of the page as an animated picture.
    SaveGif,
    /// The training of the page as numbered pictures.
    SaveSequence,
    /// What was learned as a file, where it is of use elsewhere.
    SaveLearned,
    /// Compare what is on screen with the reference.
    Audit,
    /// A preset of the page, counted from 0.
    Preset(usize),
    /// Play or pause: training, or the window that slides.
    Play,
    /// One step, or the next cell.
    Step,
    /// The cell before.
    StepBack,
    /// A row of cells down or up.
    Row {
        /// Down, or up.
        down: bool,
    },
    /// Back to the first step.
    Home,
    /// The checkpoint before the step that is shown, or the one after it.
    Checkpoint {
        /// After, or before.
        after: bool,
    },
    /// Open or close the settings, where the window has no room for them.
    Drawer,
    /// Let go of what is pinned.
    Release,
}

impl Command {
    /// What it is called in menus.
    pub fn name(self) -> &'static str {
        COMMANDS.iter().find(|entry| entry.command == self).map_or("", |entry| entry.name)
    }

    /// Whether it acts on a page, and does nothing where none is shown.
    pub fn needs_page(self) -> bool {
        !matches!(
            self,
            Self::Open
                | Self::Search
                | Self::Palette
                | Self::Start
                | Self::Exam
                | Self::Tour
                | Self::Back
                | Self::Forward
                | Self::NextPage
                | Self::PreviousPage
        )
    }
}

/// A command, what it is called, and its key.
pub struct Entry {
    /// What is done.
    pub command: Command,
    /// In words.
    pub name: &'static str,
    /// The key, if it has one.
    pub key: Option<KeyboardShortcut>,
    /// Whether the key is for typing while a field has the keyboard.
    pub typing: bool,
}

impl Entry {
    /// Its key as it stands on the keyboard, `Ctrl+K`; empty without one.
    pub fn keys(&self) -> String {
        let Some(key) = &self.key else { return String::new() };
        let names = egui::ModifierNames::NAMES;
        names.format(&key.modifiers, false).replace("Cmd", "Ctrl")
            + if key.modifiers.is_none() { "" } else { "+" }
            + key.logical_key.name()
    }
}

const fn entry(command: Command, name: &'static str, modifiers: Modifiers, key: Key) -> Entry {
    Entry { command, name, key: Some(KeyboardShortcut::new(modifiers, key)), typing: false }
}

const fn bare(command: Command, name: &'static str, key: Key) -> Entry {
    Entry { command, name, key: Some(KeyboardShortcut::new(Modifiers::NONE, key)), typing: true }
}

const fn keyless(command: Command, name: &'static str) -> Entry {
    Entry { command, name, key: None, typing: false }
}

/// Every command that is called by its name or by a key. Keys with more modifiers stand before those with fewer.
pub static COMMANDS: &[Entry] = &[
    entry(Command::Redo, "Redo", Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z),
    entry(Command::CopyLink, "Copy link", Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::C),
    entry(Command::Undo, "Undo", Modifiers::COMMAND, Key::Z),
    entry(Command::Redo, "Redo", Modifiers::COMMAND, Key::Y),
    entry(Command::Open, "Open a picture or a model", Modifiers::COMMAND, Key::O),
    entry(Command::Search, "Search", Modifiers::COMMAND, Key::F),
    entry(Command::Palette, "Search everything", Modifiers::COMMAND, Key::K),
    entry(Command::Start, "Home", Modifiers::ALT, Key::Home),
    entry(Command::Exam, "Exam", Modifiers::COMMAND, Key::E),
    entry(Command::Tour, "Tour", Modifiers::COMMAND, Key::T),
    entry(Command::NextPage, "Next page", Modifiers::COMMAND, Key::PageDown),
    entry(Command::PreviousPage, "Previous page", Modifiers::COMMAND, Key::PageUp),
    entry(Command::Back, "Back", Modifiers::ALT, Key::ArrowLeft),
    entry(Command::Forward, "Forward", Modifiers::ALT, Key::ArrowRight),
    bare(Command::Preset(0), "First preset", Key::Num1),
    bare(Command::Preset(1), "Second preset", Key::Num2),
    bare(Command::Preset(2), "Third preset", Key::Num3),
    bare(Command::Preset(3), "Fourth preset", Key::Num4),
    bare(Command::Preset(4), "Fifth preset", Key::Num5),
    bare(Command::Preset(5), "Sixth preset", Key::Num6),
    bare(Command::Drawer, "Settings in a narrow window", Key::S),
    bare(Command::Play, "Play or pause", Key::Space),
    bare(Command::Step, "One step", Key::ArrowRight),
    bare(Command::StepBack, "One cell back", Key::ArrowLeft),
    bare(Command::Row { down: true }, "A row down", Key::ArrowDown),
    bare(Command::Row { down: false }, "A row up", Key::ArrowUp),
    bare(Command::Home, "Back to the start", Key::Home),
    bare(Command::Checkpoint { after: false }, "Checkpoint before", Key::OpenBracket),
    bare(Command::Checkpoint { after: true }, "Checkpoint after", Key::CloseBracket),
    keyless(Command::Reset, "Reset all settings of the page"),
    keyless(Command::Audit, "Audit: compare with the reference"),
    keyless(Command::SavePng, "Save page as PNG"),
    keyless(Command::SaveSvg, "Save page as SVG"),
    keyless(Command::CopyCommand, "Copy command"),
    keyless(Command::SaveGif, "Save training as GIF"),
    keyless(Command::SaveSequence, "Save training as PNG sequence"),
    keyless(Command::SaveLearned, "Save the trained head"),
];

/// The commands whose keys were pressed in this frame.
pub fn pressed(ui: &egui::Ui) -> Vec<Command> {
    // Keys without modifiers belong to whatever has the keyboard.
    let taken = ui.memory(|m| m.focused().is_some());
    let mut commands: Vec<Command> = COMMANDS
        .iter()
        .filter(|entry| !(entry.typing && taken))
        .filter(|entry| entry.key.is_some_and(|key| ui.input_mut(|i| i.consume_shortcut(&key))))
        .map(|entry| entry.command)
        .collect();
    if ui.input(|i| i.key_pressed(Key::Escape)) {
        commands.push(Command::Release);
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_behind_one_that_would_swallow_it() {
        // A shortcut also matches with Shift held, so longer ones have to be asked first.
        for (i, entry) in COMMANDS.iter().enumerate() {
            for later in &COMMANDS[i + 1..] {
                let (Some(key), Some(after)) = (entry.key, later.key) else { continue };
                let same = key.logical_key == after.logical_key;
                assert!(!(same && key.modifiers == after.modifiers), "{}", later.name);
                let swallows = same && after.modifiers.contains(key.modifiers);
                assert!(!swallows, "{} swallows {}", entry.name, later.name);
            }
        }
    }
}
