//! A sentence encoder, all layers and heads, on the user's sentence: a grid of live maps, one head
//! enlarged, one query with its numbers, heads that can be muted, and the sentence's vector.

mod export;
mod focus;
mod heads;
mod page;
mod query;
mod recorded;
mod vectors;

pub use page::Text;
