//! Changes to a network as one line of text: `conv1: mute 3 5; relu2: Sigmoid, pad valid`. Layers are named
//! by what they compute, channels are counted from 1 as on the page.

use std::fmt;
use std::str::FromStr;

use super::edit::{Edit, Edits, Padding, alternatives};
use super::layers::TracedLayer;
use crate::suggest::nearest;
use crate::untrusted::one_line;

/// Why a line of changes cannot be read; one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditsError {
    /// An entry without a layer.
    #[error("\"{0}\" names no layer, write the layer, a colon and its changes, such as conv1: mute 3 5")]
    Form(String),
    /// A part that is no change.
    #[error("\"{part}\" is no change of {layer}{hint}: write an operator, pad same, pad valid or mute 1 2 3")]
    Part {
        /// What was read.
        part: String,
        /// Of which layer.
        layer: String,
        /// `, did you mean Sigmoid`
        hint: String,
    },
}

/// Writes `;`, `:` and `,` of a layer's name otherwise, so that they part nothing.
fn escape(name: &str) -> String {
    name.replace('%', "%25").replace(';', "%3B").replace(':', "%3A").replace(',', "%2C")
}

fn unescape(name: &str) -> String {
    name.replace("%2C", ",").replace("%3A", ":").replace("%3B", ";").replace("%25", "%")
}

impl fmt::Display for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (value, edit)) in self.iter().enumerate() {
            let mut parts: Vec<String> = edit.operator.iter().map(ToString::to_string).collect();
            parts.extend(edit.padding.map(|padding| match padding {
                Padding::Same => "pad same".to_owned(),
                Padding::Valid => "pad valid".to_owned(),
            }));
            if !edit.muted.is_empty() {
                let channels: Vec<String> = edit.muted.iter().map(|c| (c + 1).to_string()).collect();
                parts.push(format!("mute {}", channels.join(" ")));
            }
            let joint = if i > 0 { "; " } else { "" };
            write!(f, "{joint}{}: {}", escape(value), parts.join(", "))?;
        }
        Ok(())
    }
}

/// The operator of a name, as changes hold it.
fn operator(name: &str) -> Option<&'static str> {
    alternatives(name).iter().find(|(_, operator)| *operator == name).map(|(_, operator)| *operator)
}

fn read_part(edit: &mut Edit, part: &str) -> Option<()> {
    if let Some(channels) = part.strip_prefix("mute ") {
        for channel in channels.split_whitespace() {
            edit.muted.insert(channel.parse::<usize>().ok()?.checked_sub(1)?);
        }
        return Some(());
    }
    match part {
        "pad same" => edit.padding = Some(Padding::Same),
        "pad valid" => edit.padding = Some(Padding::Valid),
        name => edit.operator = Some(operator(name)?),
    }
    Some(())
}

impl FromStr for Edits {
    type Err = EditsError;

    fn from_str(text: &str) -> Result<Self, EditsError> {
        let mut edits = Self::default();
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (name, parts) = entry.split_once(':').ok_or_else(|| EditsError::Form(one_line(entry)))?;
            let mut edit = Edit::default();
            for part in parts.split(',').map(str::trim) {
                read_part(&mut edit, part).ok_or_else(|| {
                    let known = super::edit::ACTIVATIONS.iter().chain(super::edit::POOLINGS);
                    let near = nearest(part, known.map(|(_, operator)| *operator));
                    let hint = near.map(|n| format!(", did you mean {n}")).unwrap_or_default();
                    EditsError::Part { part: one_line(part), layer: one_line(name.trim()), hint }
                })?;
            }
            edits.edits.insert(unescape(name.trim()), edit);
        }
        Ok(edits)
    }
}

impl Edits {
    /// Whether channels are muted in layers whose shape is not known yet: after reading a text.
    pub fn lacks_masks(&self) -> bool {
        self.edits.iter().any(|(value, edit)| !edit.muted.is_empty() && !self.masks.contains_key(value))
    }

    /// Takes the shapes of what is muted from a recording of the network without changes.
    pub fn complete(&mut self, layers: &[TracedLayer]) {
        for layer in layers.iter().filter(|layer| self.edits.contains_key(&layer.value)) {
            if let Some(mask) = layer.mask() {
                self.masks.insert(layer.value.clone(), mask);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_back_from_their_text() {
        let text = "a%3Bb%3A%2C%25: Sigmoid; conv1: pad valid, mute 1 3 12; pool: AveragePool, pad same";
        let edits: Edits = text.parse().unwrap();
        assert_eq!(edits.to_string(), text);
        assert_eq!(edits.to_string().parse(), Ok(edits.clone()));
        assert_eq!(edits.get("a;b:,%").and_then(|e| e.operator), Some("Sigmoid"));
        assert!(
            edits.get("conv1").is_some_and(|e| e.muted.contains(&11) && e.padding == Some(Padding::Valid))
        );
        assert!(edits.lacks_masks());
        assert_eq!("".parse(), Ok(Edits::default()));
    }

    #[test]
    fn what_is_no_change_is_quoted_with_what_is() {
        let says = |text: &str| text.parse::<Edits>().unwrap_err().to_string();
        assert!(says("mute 3").starts_with("\"mute 3\" names no layer"));
        assert!(says("relu1: Sigmiod").contains("did you mean Sigmoid"));
        assert!(says("relu1: mute 0").starts_with("\"mute 0\" is no change of relu1"));
    }
}
