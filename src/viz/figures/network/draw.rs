//! Draws a network and finds what is pointed at.

use egui::{Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use super::paint;
use super::place::{Network, NetworkEvent, Node, Places, places, unit};
use crate::data::table::{Cell, Table};
use crate::viz::{offer, words};

/// Draws a network into `rect`.
pub fn network(ui: &mut Ui, rect: Rect, of: &Network<'_>) -> Option<NetworkEvent> {
    let response = ui.interact(rect, ui.scope_id().with(("network", of.name)), Sense::click());
    response.widget_info(|| {
        let count = words::plural(of.nodes.len(), "layer", "layers");
        let chosen = of.chosen.and_then(|i| of.nodes.get(i)).map(|node| format!(", {} chosen", node.name));
        WidgetInfo::labeled(Role::Figure, true, format!("{}: {count}{}", of.name, chosen.unwrap_or_default()))
    });
    offer::table(ui, of.name, rect, || {
        let sides = |node: &Node| node.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
        let reads =
            |node: &Node| node.inputs.iter().map(|i| (i + 1).to_string()).collect::<Vec<_>>().join(" ");
        let row = |(i, node): (usize, &Node)| {
            let words = [node.name.clone(), sides(node), node.note.clone(), reads(node)];
            std::iter::once(Cell::Number(i as f32 + 1.0)).chain(words.map(Cell::Text)).collect()
        };
        let names = ["layer", "name", "shape", "note", "reads"];
        Table { rows: of.nodes.iter().enumerate().map(row).collect(), ..Table::new(names) }
    });
    let at = places(rect, of);
    let clicked = response.clicked();
    let pointer = response.hover_pos().or(response.interact_pointer_pos().filter(|_| clicked));
    let event = pointer.and_then(|pointer| find(&at, of, pointer, clicked));
    let edge = if let Some(NetworkEvent::Edge(edge, _)) = event { Some(edge) } else { None };
    paint::edges(ui, &at, of, edge);
    for i in 0..of.nodes.len() {
        let lit = match event {
            Some(NetworkEvent::Unit(node, unit, _)) if node == i => Some(unit),
            _ => None,
        };
        let hovered = matches!(event, Some(NetworkEvent::Node(node, _)) if node == i);
        paint::node(ui, &at, of, i, hovered, lit);
        paint::caption(ui, &at, of, i);
        paint::bar(ui, &at, of, i);
    }
    if let Some(text) = event.and_then(|event| said(of, event)) {
        response.on_hover_text(text);
    }
    event
}

fn find(at: &Places, of: &Network<'_>, pointer: Pos2, clicked: bool) -> Option<NetworkEvent> {
    for (i, node) in of.nodes.iter().enumerate() {
        if let Some(count) = node.drawn_units() {
            let hit = (0..count).find(|n| {
                let (middle, radius) = unit(at.nodes[i], count, *n);
                middle.distance(pointer) <= radius + 1.0
            });
            if let Some(n) = hit {
                return Some(NetworkEvent::Unit(i, n, clicked));
            }
        }
        let reach = at.behind[i].0 as f32 * at.behind[i].1;
        let whole = at.nodes[i].union(at.nodes[i].translate(Vec2::new(reach, -reach)));
        if node.drawn_units().is_none() && whole.expand(2.0).contains(pointer) {
            return Some(NetworkEvent::Node(i, clicked));
        }
    }
    if let Some(edge) = paint::edge_at(at, of, pointer) {
        return Some(NetworkEvent::Edge(edge, clicked));
    }
    // The whole column below its node belongs to it: bars and words.
    let column = |i: &usize| at.columns[*i].contains(pointer) && pointer.y > at.nodes[*i].bottom();
    (0..of.nodes.len()).find(column).map(|i| NetworkEvent::Node(i, clicked))
}

/// What is told about what is pointed at.
fn said(of: &Network<'_>, event: NetworkEvent) -> Option<String> {
    match event {
        NetworkEvent::Node(i, _) => {
            let node = of.nodes.get(i)?;
            let shape: Vec<String> = node.shape.iter().map(ToString::to_string).collect();
            let bar = of.bars.get(i).map(|v| format!("gradient {}", words::short(f64::from(*v))));
            let parts = [Some(node.name.clone()), Some(shape.join(" × ")), Some(node.note.clone()), bar];
            Some(parts.into_iter().flatten().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("\n"))
        }
        NetworkEvent::Unit(i, n, _) => {
            let value =
                of.units.get(i).and_then(|u| u.get(n)).map(|v| format!(": {}", words::short(f64::from(*v))));
            Some(format!("{}, unit {}{}", of.nodes.get(i)?.name, n + 1, value.unwrap_or_default()))
        }
        NetworkEvent::Edge(edge, _) => {
            let read = of.nodes.get(edge.node.checked_sub(1)?)?.drawn_units()?;
            let weight = of.weights.get(edge.node)?.get(edge.to * read + edge.from)?;
            Some(format!("weight {} → {}: {}", edge.from + 1, edge.to + 1, words::short(f64::from(*weight))))
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::{Color32, pos2, vec2};

    use super::super::super::trial::Trial;
    use super::super::place::{Edge, Node};
    use super::*;

    fn node(name: &str, shape: &[usize], inputs: &[usize]) -> Node {
        let note = if shape.len() == 3 { "280 parameters, sees 3×3".into() } else { String::new() };
        Node { name: name.into(), family: 0, shape: shape.to_vec(), note, inputs: inputs.to_vec() }
    }

    fn of<'a>(nodes: &'a [Node], weights: &'a [&'a [f32]], bars: &'a [f32]) -> Network<'a> {
        Network {
            name: "Network",
            nodes,
            weights,
            units: &[],
            inks: &[],
            bars,
            powers: [-12.0, 0.0],
            ink: Color32::BLUE,
            chosen: Some(0),
            cut: &[],
        }
    }

    #[test]
    fn nodes_to_scale_keep_their_words_and_tell_which_is_pointed_at() {
        let nodes = [
            node("input", &[3, 39, 39], &[]),
            node("conv 3×3", &[10, 37, 37], &[0]),
            node("conv 5×5", &[20, 17, 17], &[1]),
            node("conv 5×5", &[40, 7, 7], &[2, 0]),
            node("dense", &[1960], &[3]),
            node("classes", &[10], &[4]),
        ];
        let bars = [1e-9, 1e-3, f32::NAN, 0.0, 1.0, 0.5];
        for dark in [true, false] {
            for size in [vec2(760.0, 260.0), vec2(252.0, 120.0)] {
                let rect = Rect::from_min_size(pos2(4.0, 4.0), size);
                let net = of(&nodes, &[], &bars);
                let at = places(rect, &net);
                for i in 1..6 {
                    assert!(at.nodes[i - 1].right() <= at.nodes[i].left() + 0.5, "{i} at {size:?}");
                    assert!(rect.contains_rect(at.nodes[i]), "{i} at {size:?}: {:?}", at.nodes[i]);
                }
                let share = at.nodes[3].height() / at.nodes[0].height();
                assert!(share < 0.75, "a smaller map is drawn smaller: {share}");
                let mut trial = Trial::new(dark, size + vec2(8.0, 8.0));
                let event = trial.click(at.nodes[2].center(), |ui| network(ui, rect, &net));
                assert_eq!(event, Some(NetworkEvent::Node(2, true)));
                trial.says("Network: 6 layers, input chosen");
            }
        }
    }

    #[test]
    fn units_and_weights_are_told_one_by_one() {
        let nodes = [node("in", &[2], &[]), node("hidden", &[4], &[0]), node("out", &[1], &[1])];
        let weights: [&[f32]; 3] =
            [&[], &[1.0, -1.0, 0.5, 0.0, f32::NAN, 0.2, -0.7, 0.1], &[0.1, 0.2, 0.3, 0.4]];
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, 160.0));
        let net = of(&nodes, &weights, &[]);
        let at = places(rect, &net);
        let (middle, _) = unit(at.nodes[1], 4, 2);
        let mut trial = Trial::new(true, rect.size());
        let event = trial.click(middle, |ui| network(ui, rect, &net));
        assert_eq!(event, Some(NetworkEvent::Unit(1, 2, true)));
        let between = unit(at.nodes[0], 2, 0).0.lerp(unit(at.nodes[1], 4, 0).0, 0.5);
        let mut trial = Trial::new(false, rect.size());
        let event = trial.click(between, |ui| network(ui, rect, &net));
        assert_eq!(event, Some(NetworkEvent::Edge(Edge { node: 1, from: 0, to: 0 }, true)));
    }

    #[test]
    fn a_network_of_hundreds_still_fits() {
        let nodes: Vec<Node> = (0..200)
            .map(|i| {
                node(
                    "layer",
                    &[16, 64, 64],
                    &if i > 3 {
                        vec![i - 1, i - 4]
                    } else {
                        vec![i].into_iter().filter(|i| *i > 0).map(|i| i - 1).collect()
                    },
                )
            })
            .collect();
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(600.0, 100.0));
        let mut trial = Trial::new(true, rect.size());
        trial.frame(vec![], |ui| network(ui, rect, &of(&nodes, &[], &[])));
        let empty: [Node; 0] = [];
        assert_eq!(trial.click(rect.center(), |ui| network(ui, rect, &of(&empty, &[], &[]))), None);
    }
}
