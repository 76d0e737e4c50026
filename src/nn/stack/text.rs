//! A network as text.

use std::fmt;

use super::block::{Block, PoolKind, Stack};
use crate::ops::unary::{Act, TABLE};

/// Names of layers that are no activations.
pub(super) const LAYERS: [&str; 10] = [
    "conv",
    "pool",
    "max pool",
    "average pool",
    "dense",
    "dropout",
    "batch norm",
    "residual",
    "flatten",
    "global average",
];

/// Activations: name, function, and whether its slope or scale can be set.
pub(super) const ACTS: [(&str, Act, bool); 15] = [
    ("relu", Act::RELU, false),
    ("leaky relu", Act::leaky_relu(0.01), true),
    ("relu6", Act::RELU6, false),
    ("elu", Act::elu(1.0), true),
    ("selu", Act::SELU, false),
    ("celu", Act::celu(1.0), true),
    ("gelu", Act::GELU, false),
    ("gelu tanh", Act::GELU_TANH, false),
    ("silu", Act::SILU, false),
    ("mish", Act::MISH, false),
    ("hard swish", Act::HARD_SWISH, false),
    ("sigmoid", Act::SIGMOID, false),
    ("tanh", Act::TANH, false),
    ("softplus", Act::SOFTPLUS, false),
    ("softsign", Act::SOFTSIGN, false),
];

/// Names of all layers.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    LAYERS.into_iter().chain(ACTS.into_iter().map(|(name, ..)| name))
}

/// The name of an activation.
pub(super) fn act_name(act: Act) -> String {
    let known = ACTS.iter().find(|(_, known, _)| known.kind == act.kind);
    let other = || TABLE.get(act.kind as usize).map_or("identity", |row| row.name).to_lowercase();
    known.map_or_else(other, |(name, ..)| (*name).to_owned())
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(&self.0, f)
    }
}

fn list(blocks: &[Block], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, block) in blocks.iter().enumerate() {
        let comma = if i > 0 { ", " } else { "" };
        write!(f, "{comma}{block}")?;
    }
    Ok(())
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option = |f: &mut fmt::Formatter<'_>, name, value: usize, usual: usize| {
            if value == usual { Ok(()) } else { write!(f, " {name} {value}") }
        };
        match self {
            Self::Dense { units } => write!(f, "dense {units}"),
            Self::Conv { filters, size: [r, s], stride, pad, dilation, groups } => {
                write!(f, "conv {filters} of {r}x{s}")?;
                option(f, "stride", *stride, 1)?;
                option(f, "pad", *pad, 0)?;
                option(f, "dilation", *dilation, 1)?;
                option(f, "groups", *groups, 1)
            }
            Self::Pool { kind, window, stride } => {
                let kind = if *kind == PoolKind::Max { "" } else { "average " };
                write!(f, "{kind}pool {window}")?;
                option(f, "stride", *stride, *window)
            }
            Self::Act(act) => {
                let known = ACTS.iter().find(|(_, known, _)| known.kind == act.kind);
                f.write_str(&act_name(*act))?;
                if known.is_some_and(|(.., settable)| *settable) { write!(f, " {}", act.a) } else { Ok(()) }
            }
            Self::Dropout(rate) => write!(f, "dropout {rate}"),
            Self::BatchNorm => f.write_str("batch norm"),
            Self::Residual(inside) => {
                f.write_str("residual (")?;
                list(inside, f)?;
                f.write_str(")")
            }
            Self::Flatten => f.write_str("flatten"),
            Self::GlobalAverage => f.write_str("global average"),
        }
    }
}
