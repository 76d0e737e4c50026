//! What the shell holds of exports that are asked for and on their way.

use std::path::PathBuf;

use egui::Pos2;

use super::wanted::Wanted;
use crate::app::recording::Recording;

/// Exports that are on their way, and what was said of the last.
#[derive(Default)]
pub struct Exports {
    /// What is to be taken away once its numbers are there.
    pub wanted: Option<Wanted>,
    /// What was said of the last.
    pub saved: Option<String>,
    /// The figure whose menu is open, and where.
    pub menu: Option<(String, Pos2)>,
    /// The training that is being filmed.
    pub recording: Option<Recording>,
    /// Files that the open model and the names of its classes were read from.
    pub opened_from: Vec<PathBuf>,
    /// Folders of the groups of pictures.
    pub folders: Vec<PathBuf>,
}
