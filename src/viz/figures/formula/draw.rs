//! Draws a formula.

use egui::{
    Align2, Color32, Mesh, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
    vec2,
};

use super::spoken::spoken;
use super::typeset::{Typeset, typeset};
use crate::viz::{fonts, theme, words};

/// Space around a formula in em: italic letters lean out of their box.
const AIR: f32 = 0.08;

/// Draws `tex` where the next widget goes, in letters of `size` points. A source that is not TeX is shown as
/// it is, with what is wrong with it when it is pointed at.
pub fn formula(ui: &mut Ui, tex: &str, size: f32, ink: Color32) -> Response {
    let made = typeset(ui.ctx(), tex);
    let response = match &*made {
        Ok(set) => {
            let (rect, response) = ui.allocate_exact_size(extent(set, size), Sense::hover());
            paint(ui.painter(), start(set, rect.min, size), set, size, ink);
            response
        }
        Err(what) => {
            let text = egui::RichText::new(tex).monospace().color(theme::of(ui).broken);
            ui.label(text).on_hover_text(what)
        }
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Math, true, spoken(tex)));
    response
}

/// The same for a formula on a line of its own, smaller where it would be wider than the column.
pub fn displayed(ui: &mut Ui, tex: &str, size: f32, ink: Color32) -> Response {
    let width = match &*typeset(ui.ctx(), tex) {
        Ok(set) => extent(set, size).x,
        Err(_) => 0.0,
    };
    let fits = (ui.max_rect().width() / width.max(1.0)).min(1.0);
    formula(ui, tex, size * fits, ink)
}

/// Draws `tex` into `rect`, against the side that `align` says, smaller where it would not fit; gives where
/// it stands.
pub fn formula_at(ui: &mut Ui, rect: Rect, align: Align2, tex: &str, size: f32, ink: Color32) -> Rect {
    let response = ui.interact(rect, ui.scope_id().with(("formula", tex)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Math, true, spoken(tex)));
    match &*typeset(ui.ctx(), tex) {
        Ok(set) => {
            let whole = extent(set, size);
            let fits = (rect.width() / whole.x).min(rect.height() / whole.y).min(1.0);
            let own = align.align_size_within_rect(whole * fits, rect);
            paint(ui.painter(), start(set, own.min, size * fits), set, size * fits, ink);
            own
        }
        Err(what) => {
            let font = egui::FontId::monospace(size.min(14.0));
            let own = words::write(ui, rect, align, tex, font, theme::of(ui).broken);
            response.on_hover_text(what);
            own
        }
    }
}

/// Size of a formula in points.
fn extent(set: &Typeset, size: f32) -> Vec2 {
    vec2(set.width + 2.0 * AIR, set.height + set.depth + 2.0 * AIR) * size
}

/// The left end of the baseline.
fn start(set: &Typeset, corner: Pos2, size: f32) -> Pos2 {
    corner + vec2(AIR, AIR + set.height) * size
}

/// Paints a formula whose baseline begins at `origin`, in letters of `size` points.
pub fn paint(painter: &Painter, origin: Pos2, set: &Typeset, size: f32, ink: Color32) {
    for glyph in &set.glyphs {
        let font = fonts::formula(&glyph.font, glyph.scale * size);
        let galley = painter.layout_no_wrap(glyph.letter.to_string(), font, ink);
        let baseline = galley.rows.first().and_then(|row| Some(row.pos.y + row.glyphs.first()?.pos.y));
        let at = origin + glyph.at * size - vec2(0.0, baseline.unwrap_or_default());
        painter.galley(at, galley, ink);
    }
    for (corner, extent) in &set.rules {
        // A rule is at least a point thick, and sharp.
        let mut rect = Rect::from_min_size(origin + *corner * size, *extent * size);
        if rect.height() < 1.5 {
            rect =
                Rect::from_min_size(Pos2::new(rect.left(), rect.center().y.floor()), vec2(rect.width(), 1.0));
        }
        painter.rect_filled(rect, 0.0, ink);
    }
    let mut mesh = Mesh::default();
    for corners in &set.triangles {
        let at = mesh.vertices.len() as u32;
        for corner in corners {
            mesh.colored_vertex(origin + *corner * size, ink);
        }
        mesh.add_triangle(at, at + 1, at + 2);
    }
    painter.add(mesh);
    for line in &set.strokes {
        let points = line.iter().map(|p| origin + *p * size).collect();
        painter.add(Shape::line(points, Stroke::new((size * 0.045).max(1.0), ink)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::Trial;
    use super::super::typeset::make;
    use super::*;

    /// What the lessons write.
    const FORMULAS: [&str; 32] = [
        r"\text{output side} = \left\lfloor \frac{W + 2P - F}{S} \right\rfloor + 1",
        r"\operatorname{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V",
        r"y_{i,j} = \sum_{u=0}^{k-1} \sum_{v=0}^{k-1} w_{u,v}\, x_{i+u,\,j+v} + b",
        r"p_i = \frac{e^{z_i}}{\sum_{j=1}^{n} e^{z_j}}",
        r"L = -\frac{1}{N} \sum_{n} \log p_{n, y_n}",
        r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial z} \cdot \frac{\partial z}{\partial w}",
        r"\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}",
        r"\mu = \frac{1}{m} \sum_{i=1}^{m} x_i, \qquad \sigma^2 = \frac{1}{m} \sum_{i=1}^{m} (x_i - \mu)^2",
        r"\theta_{t+1} = \theta_t - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}",
        r"\operatorname{ReLU}(x) = \max(0, x)",
        r"\sigma(x) = \frac{1}{1 + e^{-x}}",
        r"\tanh x = \frac{e^x - e^{-x}}{e^x + e^{-x}}",
        r"W \sim \mathcal{N}\left(0, \tfrac{2}{n_\text{in}}\right)",
        r"\lVert g \rVert_2 \le c",
        r"y = F(x) + x",
        r"\begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix} \begin{pmatrix} q_1 \\ q_2 \end{pmatrix}",
        r"PE_{(pos, 2i)} = \sin\left(\frac{pos}{10000^{2i/d}}\right)",
        r"L_\delta(r) = \begin{cases} \frac12 r^2 & |r| \le \delta \\ \delta\left(|r| - \frac12\delta\right) & \text{else} \end{cases}",
        r"\left(\frac{1}{n} \sum |x|^p\right)^{1/p}",
        r"12 - 3 + 1 = 10",
        r"(224 + 2 \cdot 1 - 3) \div 4 = 55.75",
        r"\overline{x} = \mathbb{E}[x]",
        r"y = \frac{m \odot x}{1 - p}",
        r"x \xrightarrow{f} y",
        r"\underbrace{a + b + c}_{3}",
        r"\nabla_\theta J \approx \frac{J(\theta + h) - J(\theta - h)}{2h}",
        r"\mathbf{y} = W\mathbf{x} + \mathbf{b}",
        r"0.31 \times 0.25 \times 1.2 = 0.093",
        r"\prod_{l=1}^{L} \gamma_l^{\,2} \to 0",
        r"\left\{ x \in \mathbb{R}^n : x \ge 0 \right\}",
        r"\sqrt{1 + \sqrt{1 + \sqrt{1 + \frac{x^2}{y^2}}}}",
        r"\lim_{n \to \infty} \left(1 + \frac{1}{n}\right)^n = e",
    ];

    #[test]
    fn what_lessons_write_is_typeset_in_letters_that_the_fonts_have() {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
        for tex in FORMULAS {
            let set = make(tex).unwrap_or_else(|e| panic!("{tex}: {e}"));
            assert!(set.width > 0.5 && set.height > 0.3, "{tex}: {set:?}");
            for glyph in &set.glyphs {
                let font = fonts::formula(&glyph.font, 17.0);
                let has = ctx.fonts_mut(|f| f.has_glyph(&font, glyph.letter));
                assert!(has, "{tex}: {:?} of {}", glyph.letter, glyph.font);
            }
        }
    }

    #[test]
    fn a_formula_keeps_to_the_room_that_it_asks_for() {
        for dark in [true, false] {
            let mut trial = Trial::new(dark, vec2(800.0, 1900.0));
            let mut rects = Vec::new();
            trial.frame(vec![], |ui| {
                rects = FORMULAS.map(|tex| formula(ui, tex, 17.0, Color32::GRAY).rect).to_vec();
                None::<()>
            });
            assert!(rects.iter().all(|r| r.is_positive() && r.right() <= 800.0));
            assert!(rects.windows(2).all(|r| r[0].bottom() <= r[1].top()));
            trial.says("the floor of W plus 2P minus F over S");
        }
    }

    #[test]
    fn what_is_not_tex_is_shown_as_it_is() {
        let odd = [
            r"\frac{1",
            r"\nonsense",
            "^",
            r"\left(",
            "{{{{",
            r"\begin{matrix} 1 & 2",
            "ä 🐈 ∑",
            "",
            r"\\\\",
            "#1",
            r"\def\a{\a\a}\a",
        ];
        for tex in odd {
            let mut trial = Trial::new(true, vec2(300.0, 60.0));
            let rect = Rect::from_min_size(Pos2::ZERO, vec2(300.0, 60.0));
            trial.frame(vec![], |ui| {
                formula_at(ui, rect, Align2::LEFT_CENTER, tex, 17.0, Color32::GRAY);
                formula(ui, tex, 17.0, Color32::GRAY);
                None::<()>
            });
        }
        let mut trial = Trial::new(true, vec2(300.0, 60.0));
        trial.frame(vec![], |ui| {
            formula(ui, r"\frac{1", 17.0, Color32::GRAY);
            None::<()>
        });
        assert!(trial.texts().iter().any(|(t, _)| t == r"\frac{1"));
        assert!(make(&"x".repeat(5000)).is_err());
    }
}
