//! A network from left to right: maps as plates, units as circles, what is read from further back as arcs.
//! One drawing for a stack, a plan and a graph from a file.

mod cone;
mod draw;
mod edits;
mod misfit;
mod of_stack;
mod paint;
mod place;

pub use cone::{cell_at, cone};
pub use draw::network;
pub use edits::{BUTTONS, edits};
pub use misfit::misfit;
pub use of_stack::{side, stack_nodes};
pub use place::{Edge, Network, NetworkEvent, Node, Places, ideal_height, places};
