//! `glassbox completions`: what a shell needs to complete commands and options.

use super::context::Context;
use super::failure::Outcome;
use super::terminal::print;

/// Print completions for a shell
#[derive(Clone, Debug, clap::Args)]
pub struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

impl Completions {
    /// Prints them.
    pub fn run(&self, context: &Context) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut context.grammar.clone(), "glassbox", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}
