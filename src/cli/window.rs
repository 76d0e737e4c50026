//! `glassbox [FILE or TOPIC]…`: the window, or the tour where there is no display.

use std::path::Path;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::render::find_topic;
use super::terminal::say;
use super::tour::{TOUR, tour};
use crate::app::window::{self, Start, WindowError};
use crate::app::{self, HOME, Opened};
use crate::exhibits::topic;
use crate::settings::{Address, AddressError};

/// Opens the window on files or topics.
pub fn run(context: &Context, open: &[String]) -> Outcome {
    let mut start = Start::default();
    let mut files = Vec::new();
    for what in open {
        if what == HOME {
            start.home = true;
            continue;
        }
        let path = Path::new(what);
        let is_file = path.exists() || path.extension().is_some() || what.contains(std::path::MAIN_SEPARATOR);
        if topic(what.split(['?', '#']).next().unwrap_or_default()).is_none() && is_file {
            files.push(path.to_owned());
            continue;
        }
        let address: Address = what.parse().map_err(|e: AddressError| Failure::Usage(e.to_string()))?;
        let topic = find_topic(&address.page)?;
        start.place = Some((address, topic));
    }
    for given in app::gathered(&files) {
        // A file that will not open is told here, where somebody reads it, not in the window.
        let opened = app::open_given(&given).map_err(anyhow::Error::from)?;
        start.opened.push((given[0].clone(), opened));
    }
    // Names of classes need their model before them.
    start.opened.sort_by_key(|(_, opened)| matches!(opened, Opened::Labels(..) | Opened::Vocabulary(..)));
    if context.on_reference() {
        say("The CPU reference draws no window; rendering the tour instead.");
        return tour(context, &start);
    }
    match window::run(&context.choice(), start.clone()) {
        Ok(()) => Ok(()),
        Err(WindowError::NoDisplay(reason)) => {
            say(&format!(
                "There is no display to open a window on ({reason}); rendering the tour into {TOUR}/ instead."
            ));
            tour(context, &start)
        }
        Err(WindowError::Gpu(e)) => Err(e.into()),
        Err(e) => Err(Failure::Failed(e.into())),
    }
}
