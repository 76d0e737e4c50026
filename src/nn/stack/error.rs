//! Why a network cannot be read or built.

use crate::gpu::shape_in_words;
use crate::ops::OpError;

/// Why a network cannot be read or built, and where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{fault}", place(.layer))]
pub struct StackError {
    /// The layer, counted from 1, and the one in it where it holds layers; none for the network as a whole.
    pub layer: Vec<usize>,
    /// What is wrong.
    pub fault: Fault,
}

fn place(layer: &[usize]) -> String {
    match layer {
        [] => String::new(),
        [first, inside @ ..] => {
            let inside: String = inside.iter().map(|i| format!(", in it layer {i}")).collect();
            format!("layer {first}{inside}: ")
        }
    }
}

/// What is wrong with a layer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// It is no layer that there is.
    #[error("\"{read}\" is no layer: did you mean {nearest}? possible are {}", .possible.join(", "))]
    Unknown {
        /// What was read.
        read: String,
        /// The nearest name.
        nearest: &'static str,
        /// All names.
        possible: Vec<&'static str>,
    },
    /// Something else than a layer's name stands behind it.
    #[error("\"{read}\" cannot stand behind {layer}{}", options(.possible, .nearest))]
    Surplus {
        /// What was read.
        read: String,
        /// The layer as far as it was understood.
        layer: String,
        /// What may stand there.
        possible: &'static [&'static str],
        /// The nearest of them.
        nearest: Option<&'static str>,
    },
    /// An option is set twice.
    #[error("{0} is set twice: leave one out")]
    Twice(&'static str),
    /// A number is missing or is none.
    #[error("{what} is {}: write {want}", quoted(.read))]
    Number {
        /// Which number.
        what: &'static str,
        /// What was read; nothing if the layer ends there.
        read: String,
        /// What would be right.
        want: String,
    },
    /// The layers of a residual block are not in parentheses.
    #[error("the layers of a residual block stand in parentheses: residual (conv 16 of 3x3 pad 1, relu)")]
    Parentheses,
    /// Parentheses do not match.
    #[error("{0}: each ( needs its )")]
    Unbalanced(&'static str),
    /// Nothing stands between two commas.
    #[error("nothing stands here: leave out the comma, or name a layer")]
    Empty,
    /// There are more layers than anyone draws.
    #[error("{have} layers are more than the limit of {limit}: leave some out")]
    TooMany {
        /// How many.
        have: usize,
        /// At most.
        limit: usize,
    },
    /// Residual blocks lie deeper in each other than anyone draws.
    #[error("residual blocks lie more than {0} deep in each other: take them apart")]
    TooDeep(usize),
    /// A window is larger than what it slides over.
    #[error(
        "a {}x{} window does not fit a {}x{} map{}: lower the window, or pad more", .window[0], .window[1],
        .map[0], .map[1], padded(*.pad)
    )]
    Window {
        /// Cells that it covers, dilation included.
        window: [usize; 2],
        /// The map.
        map: [usize; 2],
        /// Zeros on each side of it.
        pad: usize,
    },
    /// A layer that reads maps gets numbers.
    #[error("{layer} reads maps, but {numbers} single numbers come in: put it before flatten and dense")]
    NoMaps {
        /// The layer.
        layer: String,
        /// Numbers that come in.
        numbers: usize,
    },
    /// Groups do not divide the maps.
    #[error("{groups} groups do not divide {maps} maps that {which}: choose a divisor of {maps}")]
    Groups {
        /// Groups.
        groups: usize,
        /// Maps.
        maps: usize,
        /// `go in` or `come out`.
        which: &'static str,
    },
    /// What comes out of a residual block cannot be added to what went in.
    #[error("{} cannot be added to the {} that went in: pad, or choose as many filters", sizes(.to), sizes(.from))]
    Sum {
        /// Shape that went in.
        from: Vec<usize>,
        /// Shape that came out.
        to: Vec<usize>,
    },
    /// A number is outside its range.
    #[error("{what} is {value}, but must lie between {lo} and {hi}")]
    Range {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The least.
        lo: f64,
        /// The most.
        hi: f64,
    },
    /// More weights or numbers than fit.
    #[error(
        "{have} {what} are more than the limit of {limit}: choose fewer filters or units, or pool before"
    )]
    TooLarge {
        /// `weights`, `numbers` or `multiply-adds`.
        what: &'static str,
        /// How many.
        have: usize,
        /// At most.
        limit: usize,
    },
    /// The input is neither maps nor numbers.
    #[error(
        "an input of the shape {} is neither channels x height x width nor one row of numbers, each at least 1",
        shape_in_words(.0)
    )]
    Input(Vec<usize>),
    /// An operation refuses it.
    #[error(transparent)]
    Op(#[from] OpError),
}

/// A shape as a drawing says it: `16x26x26`.
pub(super) fn sizes(shape: &[usize]) -> String {
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}

fn options(possible: &[&str], nearest: &Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!(": did you mean {nearest}? possible are {}", possible.join(", ")),
        None => ": put a comma before the next layer".into(),
    }
}

fn quoted(read: &str) -> String {
    if read.is_empty() { "missing".into() } else { format!("\"{read}\"") }
}

fn padded(pad: usize) -> String {
    if pad == 0 { String::new() } else { format!(" with {pad} zeros on each side") }
}
