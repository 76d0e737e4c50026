//! `glassbox [FILE or TOPIC]…`: the window, or the tour where there is no display.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::render::find_topic;
use super::terminal::{bar, print, say};
use crate::app::window::{self, Start, WindowError};
use crate::app::{self, HOME, Headless, Opened};
use crate::exhibits::{Topic, pages, topic};
use crate::settings::{Address, AddressError};

/// Where the tour is written.
const TOUR: &str = "glassbox-tour";

/// Opens the window on files or topics.
pub fn run(context: &Context, open: &[String]) -> Outcome {
    let mut start = Start::default();
    for what in open {
        if what == HOME {
            start.home = true;
            continue;
        }
        let path = Path::new(what);
        let is_file = path.exists() || path.extension().is_some() || what.contains(std::path::MAIN_SEPARATOR);
        if topic(what.split(['?', '#']).next().unwrap_or_default()).is_none() && is_file {
            // A file that will not open is told here, where somebody reads it, not in the window.
            start.opened.push((path.to_owned(), app::open(path).map_err(anyhow::Error::from)?));
            continue;
        }
        let address: Address = what.parse().map_err(|e: AddressError| Failure::Usage(e.to_string()))?;
        let topic = find_topic(&address.page)?;
        start.place = Some((address, topic));
    }
    // Names of classes need their model before them.
    start.opened.sort_by_key(|(_, opened)| matches!(opened, Opened::Labels(..)));
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

/// Renders every page into a folder with an index page.
fn tour(context: &Context, start: &Start) -> Outcome {
    let folder = PathBuf::from(TOUR);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("could not make a folder for the tour: {}", folder.display()))?;
    let runtime = context.runtime()?;
    let model = start.opened.iter().any(|(_, opened)| matches!(opened, Opened::Network(_)));
    // The page of one's own model has something to show only with one.
    let shown = |t: &&Topic| {
        start.place.as_ref().is_none_or(|(_, s)| s.slug == t.slug) && (model || t.slug != "model-explorer")
    };
    let topics: Vec<_> = pages().filter(shown).collect();
    let bar = bar(topics.len());
    let mut app = Headless::new(&runtime, [1280, 800], true)?;
    for (path, opened) in start.opened.iter().cloned() {
        app.shell.show_from(&path, opened);
    }
    let mut index = String::from(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Glassbox: the tour</title>\n\
         <style>body{background:#18191f;color:#dee1e7;font:16px system-ui;max-width:1300px;margin:2em auto}\
         img{width:100%}a{color:#ffaa46}</style>\n<h1>Glassbox: the tour</h1>\n",
    );
    for topic in topics {
        bar.set_message(topic.title());
        app.shell.open_topic(topic);
        if let Some((address, _)) = &start.place {
            let refused = app.shell.go(address, topic).err().into_iter().flatten().next();
            refused.map_or(Ok(()), |e| Err(Failure::Usage(e.to_string())))?;
        }
        app.settle()?;
        app.audit()?;
        app.settle()?;
        let name = format!("{}.png", topic.slug);
        let path = folder.join(&name);
        app.image()?
            .save_with_format(&path, image::ImageFormat::Png)
            .with_context(|| format!("could not write a picture of the tour: {}", path.display()))?;
        let question = topic.question();
        index.push_str(&format!(
            "<h2>{}</h2>\n<p>{question}</p>\n<a href=\"{name}\"><img src=\"{name}\" alt=\"{}\"></a>\n",
            topic.title(),
            topic.title()
        ));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let page = folder.join("index.html");
    std::fs::write(&page, index + "</html>\n")
        .with_context(|| format!("could not write the tour's page: {}", page.display()))?;
    print(&format!("{}\n", page.display()))
}
