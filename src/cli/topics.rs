//! `glassbox topics`: the exhibits.

use super::context::Context;
use super::failure::Outcome;
use super::terminal::{Align, Table, print, print_json};
use crate::exhibits::{Inputs, TOPICS};

/// List the exhibits
#[derive(Clone, Debug, clap::Args)]
pub struct Topics {
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Row {
    slug: &'static str,
    title: &'static str,
    chapter: &'static str,
    question: &'static str,
    kernels: Vec<&'static str>,
    /// Whether networks train on it.
    trains: bool,
    presets: Vec<&'static str>,
}

impl Topics {
    /// Prints the list.
    pub fn run(&self, context: &Context) -> Outcome {
        let inputs = Inputs::default();
        let rows: Vec<Row> = TOPICS
            .iter()
            .map(|t| {
                let (kernels, trains) = t.kernels(&inputs);
                let presets = t.lesson().presets.iter().map(|preset| preset.name.as_str()).collect();
                let (title, question) = (t.title(), t.question());
                Row { slug: t.slug, title, chapter: t.chapter, question, kernels, trains, presets }
            })
            .collect();
        if self.json {
            return print_json(&rows);
        }
        let mut table = Table::new(&[
            ("topic", Align::Left),
            ("title", Align::Left),
            ("chapter", Align::Left),
            ("kernels", Align::Left),
        ]);
        for row in rows {
            let cells = [row.slug, row.title, row.chapter].map(str::to_owned);
            table.row(cells.into_iter().chain([row.kernels.join(" ")]).collect(), None);
        }
        print(&table.render(context.color.on_stdout()))
    }
}
