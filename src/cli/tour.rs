//! The tour where there is no display: a picture of every page in both themes, and a page of HTML with their lessons.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::terminal::{bar, print};
use crate::app::window::Start;
use crate::app::{Headless, Opened, escaped};
use crate::data::png::png;
use crate::exhibits::{Topic, pages};
use crate::files::{Unfinished, write_whole};
use crate::viz::Caption;

/// Where the tour is written.
pub const TOUR: &str = "glassbox-tour";

/// Size of its pictures.
const SIZE: [u32; 2] = [1280, 800];

/// How the page begins: in the theme of whoever reads it.
const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"color-scheme\" content=\"dark light\"><title>Glassbox: the tour</title>\n\
    <style>body{font:16px system-ui;max-width:1300px;margin:2em auto;background:light-dark(#f6f7f9,#18191f);\
    color:light-dark(#1c1f26,#dee1e7)}img{width:100%}h2{margin:2em 0 0}p{margin:.3em 0}.lesson{font-weight:600}\
    a{color:light-dark(#1f5fbf,#7fb0ff)}</style>\n<h1>Glassbox: the tour</h1>\n";

/// Renders every page, or the one of an address, into a folder with an index page.
pub fn tour(context: &Context, start: &Start) -> Outcome {
    let folder = PathBuf::from(TOUR);
    let unfinished = Unfinished::begin(&folder)
        .with_context(|| format!("could not make a folder for the tour: {}", folder.display()))?;
    let runtime = context.runtime()?;
    let model = start.opened.iter().any(|(_, opened)| matches!(opened, Opened::Network(_)));
    // The page of one's own model has something to show only with one.
    let shown = |t: &&Topic| {
        start.place.as_ref().is_none_or(|(_, s)| s.slug == t.slug) && (model || t.slug != "model-explorer")
    };
    let topics: Vec<_> = pages().filter(shown).collect();
    let bar = bar(topics.len());
    let mut app = Headless::new(&runtime, SIZE, true)?;
    for (path, opened) in start.opened.iter().cloned() {
        app.shell.show_from(&path, opened);
    }
    app.open_files();
    let mut index = String::from(HEAD);
    for topic in topics {
        bar.set_message(topic.title());
        app.shell.open_topic(topic);
        if let Some((address, _)) = &start.place {
            let refused = app.shell.go(address, topic).err().into_iter().flatten().next();
            refused.map_or(Ok(()), |e| Err(Failure::Usage(e.to_string())))?;
        }
        app.settle()?;
        app.audit()?;
        for (dark, name) in [(true, dark(topic)), (false, light(topic))] {
            app.set_dark(dark);
            app.settle()?;
            write(&mut app, &folder.join(name))?;
        }
        let lesson = app.shell.page().caption().map(Caption::text);
        index.push_str(&entry(topic, &lesson.unwrap_or_default()));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let page = folder.join("index.html");
    write_whole(&page, index + "</html>\n")
        .and_then(|()| unfinished.finish())
        .with_context(|| format!("could not write the tour's page: {}", page.display()))?;
    print(&format!("{}\n", page.display()))
}

/// File of a page's picture in the dark theme.
fn dark(topic: &Topic) -> String {
    format!("{}.png", topic.slug)
}

/// In the light one.
fn light(topic: &Topic) -> String {
    format!("{}-light.png", topic.slug)
}

fn write(app: &mut Headless, path: &Path) -> Result<(), Failure> {
    let bytes = png(&app.image()?);
    write_whole(path, bytes)
        .with_context(|| format!("could not write a picture of the tour: {}", path.display()))?;
    Ok(())
}

/// What the index says of a page: its question, its lesson, its picture in the reader's theme, and both by name.
fn entry(topic: &Topic, lesson: &str) -> String {
    let [title, question, lesson] = [topic.title(), topic.question(), lesson].map(escaped);
    let (dark, light) = (dark(topic), light(topic));
    format!(
        "<h2>{title}</h2>\n<p>{question}</p>\n<p class=\"lesson\">{lesson}</p>\n\
         <picture><source srcset=\"{light}\" media=\"(prefers-color-scheme: light)\">\
         <img src=\"{dark}\" alt=\"{title}: {lesson}\"></picture>\n\
         <p><a href=\"{dark}\">dark</a> · <a href=\"{light}\">light</a></p>\n"
    )
}
