//! Which attention heads are muted: `2.5,3.1` are head 5 of layer 2 and head 1 of layer 3, counted
//! from 1 as on the page.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Why a list of heads cannot be read. One sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HeadMaskError {
    /// An entry is not of the form `layer.head`.
    #[error("\"{0}\" names no head, write layer and head with a dot between, such as 2.5, 3.1")]
    Entry(String),
    /// There is no such head.
    #[error(
        "head {head} of layer {layer} cannot be muted: there are {layers} layers of {heads} heads, counted from 1"
    )]
    Absent {
        /// Layer, from 1.
        layer: usize,
        /// Head, from 1.
        head: usize,
        /// Layers of the model.
        layers: usize,
        /// Heads of a layer.
        heads: usize,
    },
}

/// The muted heads; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadMask(BTreeSet<(usize, usize)>);

impl HeadMask {
    /// Whether every head works.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many heads are muted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a head, counted from 0, is muted.
    #[must_use]
    pub fn is_muted(&self, layer: usize, head: usize) -> bool {
        self.0.contains(&(layer, head))
    }

    /// Mutes a head, counted from 0, or lets it work again.
    pub fn toggle(&mut self, layer: usize, head: usize) {
        if !self.0.remove(&(layer, head)) {
            self.0.insert((layer, head));
        }
    }

    /// Mutes all heads of a layer but one, counted from 0; other layers stay as they are.
    pub fn only(&mut self, layer: usize, head: usize, heads: usize) {
        self.0.retain(|&(other, _)| other != layer);
        self.0.extend((0..heads).filter(|&h| h != head).map(|h| (layer, h)));
    }

    /// The first layer, from 0, in which a head is muted.
    #[must_use]
    pub fn first_layer(&self) -> Option<usize> {
        self.0.first().map(|&(layer, _)| layer)
    }

    /// 0 for the channels of the muted heads of a layer and 1 for the others, `[heads·head_size]`;
    /// `None` if none is muted there.
    #[must_use]
    pub fn channels(&self, layer: usize, heads: usize, head_size: usize) -> Option<Vec<f32>> {
        if !(0..heads).any(|head| self.is_muted(layer, head)) {
            return None;
        }
        let works = |head| f32::from(u8::from(!self.is_muted(layer, head)));
        Some((0..heads * head_size).map(|channel| works(channel / head_size)).collect())
    }

    /// Whether a model of these sizes has all the heads.
    ///
    /// # Errors
    /// [`HeadMaskError::Absent`].
    pub fn check(&self, layers: usize, heads: usize) -> Result<(), HeadMaskError> {
        match self.0.iter().find(|&&(layer, head)| layer >= layers || head >= heads) {
            Some(&(layer, head)) => {
                Err(HeadMaskError::Absent { layer: layer + 1, head: head + 1, layers, heads })
            }
            None => Ok(()),
        }
    }
}

impl FromStr for HeadMask {
    type Err = HeadMaskError;

    fn from_str(text: &str) -> Result<Self, HeadMaskError> {
        let entries = text.split([',', ' ', '\n', ';']).map(str::trim).filter(|entry| !entry.is_empty());
        let head = |entry: &str| {
            let (layer, head) = entry.split_once('.')?;
            let from_one = |n: &str| n.parse::<usize>().ok()?.checked_sub(1);
            Some((from_one(layer)?, from_one(head)?))
        };
        entries
            .map(|e| head(e).ok_or_else(|| HeadMaskError::Entry(e.to_owned())))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for HeadMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (layer, head)) in self.0.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{}.{}", layer + 1, head + 1)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_they_are_written() {
        let mask: HeadMask = " 3.1,2.5 2.5\n".parse().unwrap();
        assert_eq!((mask.to_string().as_str(), mask.len()), ("2.5, 3.1", 2));
        assert!(mask.is_muted(1, 4) && mask.is_muted(2, 0) && !mask.is_muted(0, 0));
        assert_eq!(mask.to_string().parse(), Ok(mask));
        assert_eq!("".parse(), Ok(HeadMask::default()));
        for bad in ["2", "0.1", "1.0", "2,5", "a.b", "1.2.3", "-1.2"] {
            assert!(matches!(bad.parse::<HeadMask>(), Err(HeadMaskError::Entry(_))), "{bad}");
        }
        let beyond: HeadMask = "7.1".parse().unwrap();
        let error = beyond.check(6, 12).unwrap_err().to_string();
        assert!(error.contains("layer 7") && error.contains("6 layers"), "{error}");
        assert!("6.12".parse::<HeadMask>().unwrap().check(6, 12).is_ok());
    }

    #[test]
    fn channels_of_muted_heads_are_zero() {
        let mut mask: HeadMask = "1.2".parse().unwrap();
        assert_eq!(mask.channels(0, 3, 2), Some(vec![1.0, 1.0, 0.0, 0.0, 1.0, 1.0]));
        assert_eq!(mask.channels(1, 3, 2), None);
        mask.toggle(0, 1);
        assert!(mask.is_empty());
        mask.toggle(1, 0);
        mask.only(0, 2, 3);
        assert_eq!(mask.to_string(), "1.1, 1.2, 2.1");
        assert_eq!(mask.first_layer(), Some(0));
    }
}
