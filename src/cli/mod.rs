//! The command line: one file a command. Results go to stdout, progress and logs to stderr.
//!
//! A new command is a file with a `clap::Args` struct that has `run(&self, &Context) -> Outcome`,
//! and a line in `commands!`.

mod adapters;
mod attend;
mod bench;
mod bench_pages;
mod check;
mod completions;
mod context;
mod failure;
mod import;
mod lesson;
mod onnx;
mod oracle;
mod practice;
mod render;
mod see;
mod seen_as;
mod select;
mod soak;
mod terminal;
mod topics;
mod tour;
mod train;
mod transfer;
mod window;

use std::process::ExitCode;

use clap::Parser;

pub use context::{AdapterName, Backend, Context, REFERENCE};
pub use failure::{Failure, Outcome};
pub use terminal::Color;

/// See inside neural networks: GPU compute shaders run them live, a window shows every number
#[derive(Debug, Parser)]
#[command(
    name = "glassbox",
    version,
    override_usage = "glassbox [OPTIONS] [FILE or TOPIC]…\n       glassbox [OPTIONS] COMMAND",
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check failed, 4 no graphics adapter."
)]
struct Cli {
    #[command(flatten)]
    context: Context,

    #[command(subcommand)]
    command: Option<Command>,

    /// Opens the window on these
    #[arg(value_name = "FILE or TOPIC")]
    open: Vec<String>,
}

macro_rules! commands {
    ($($module:ident::$name:ident),* $(,)?) => {
        #[derive(Debug, clap::Subcommand)]
        enum Command { $($name($module::$name)),* }

        impl Command {
            fn run(&self, context: &Context) -> Outcome {
                match self { $(Self::$name(command) => command.run(context)),* }
            }
        }
    };
}
commands! {
    topics::Topics,
    lesson::Lesson,
    render::Render,
    practice::Practice,
    see::See,
    attend::Attend,
    train::Train,
    transfer::Transfer,
    import::Import,
    onnx::Onnx,
    oracle::Oracle,
    check::Check,
    bench::Bench,
    soak::Soak,
    adapters::Adapters,
    completions::Completions,
}

/// The `--color` of the command line, which matters even if the rest cannot be understood.
fn color_asked() -> Color {
    let args: Vec<String> = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
    let value = args.iter().enumerate().find_map(|(i, arg)| match arg.strip_prefix("--color") {
        Some("") => args.get(i + 1).cloned(),
        Some(value) => value.strip_prefix('=').map(str::to_owned),
        None => None,
    });
    match value.as_deref() {
        Some("always") => Color::Always,
        Some("never") => Color::Never,
        _ => Color::Auto,
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let color = color_asked();
    let command = <Cli as clap::CommandFactory>::command().color(match color {
        Color::Auto => clap::ColorChoice::Auto,
        Color::Always => clap::ColorChoice::Always,
        Color::Never => clap::ColorChoice::Never,
    });
    let parsed = command
        .try_get_matches()
        .and_then(|matches| <Cli as clap::FromArgMatches>::from_arg_matches(&matches));
    let mut cli = match parsed {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version are "errors" too. Nobody reading them any more is none.
            let _ = e.print();
            return ExitCode::from(u8::try_from(e.exit_code()).unwrap_or(2));
        }
    };
    cli.context.grammar = <Cli as clap::CommandFactory>::command();
    cli.context.start_logs();
    let outcome = match &cli.command {
        Some(command) => command.run(&cli.context),
        None => window::run(&cli.context, &cli.open),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let label = terminal::styled("error:", terminal::BAD, color.on_stderr());
            terminal::say(&format!("{label} {failure}"));
            ExitCode::from(failure.code())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn words_are_commands_first_and_topics_otherwise() {
        let cli = Cli::try_parse_from(["glassbox", "--backend", "gl", "check", "conv"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Check(_))));
        let cli = Cli::try_parse_from(["glassbox", "-v", "stride", "photo.png"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.open, ["stride", "photo.png"]);
    }
}
