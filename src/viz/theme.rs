//! Colours, sizes and spacings of the whole program; nothing else names any.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Ui, Visuals, vec2};

use super::fonts;
pub use super::fonts::{medium, regular, semibold};

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The colours of one theme, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colors {
    /// The stage.
    pub ground: Color32,
    /// Navigation, settings, status, cards.
    pub side: Color32,
    /// Buttons, fields, combos.
    pub raised: Color32,
    /// What is pointed at.
    pub hover: Color32,
    /// Hairlines.
    pub line: Color32,
    /// The first voice.
    pub text: Color32,
    /// The second voice.
    pub dim: Color32,
    /// The third voice, still readable.
    pub faint: Color32,
    /// Chosen; series A, which is solid.
    pub blue: Color32,
    /// Ground of what is chosen.
    pub blue_fill: Color32,
    /// Text on [`Self::blue_fill`].
    pub blue_text: Color32,
    /// Strokes of what is looked at, and of nothing else.
    pub focus: Color32,
    /// Text of what is looked at.
    pub focus_text: Color32,
    /// Series B, which is dashed.
    pub b: Color32,
    /// Broken presets, spans, bars.
    pub broken: Color32,
    /// Ground of what is broken.
    pub broken_fill: Color32,
    /// Outline of what is broken.
    pub broken_line: Color32,
    /// Passed, mended, practised.
    pub good: Color32,
    /// Ground of what passed.
    pub good_fill: Color32,
    /// Outline of what passed.
    pub good_line: Color32,
    /// Troughs of sliders and bars.
    pub track: Color32,
    /// Handles.
    pub knob: Color32,
    /// Dashes of padding, hatches.
    pub pad: Color32,
    /// Text on [`Self::blue`].
    pub on_blue: Color32,
    /// In a listing: types and what is called.
    pub code_name: Color32,
    /// In a listing: numbers.
    pub code_number: Color32,
    /// In a listing: texts.
    pub code_text: Color32,
}

const DARK: Colors = Colors {
    ground: rgb(0x14161B),
    side: rgb(0x191C22),
    raised: rgb(0x22262E),
    hover: rgb(0x2B303A),
    line: rgb(0x2C313A),
    text: rgb(0xE7EAF0),
    dim: rgb(0xB0B8C5),
    faint: rgb(0x8791A0),
    blue: rgb(0x5B9DFF),
    blue_fill: rgb(0x1C3154),
    blue_text: rgb(0xB4D1FF),
    focus: rgb(0xFFB224),
    focus_text: rgb(0xFFC457),
    b: rgb(0xFF7F57),
    broken: rgb(0xFF6B81),
    broken_fill: rgb(0x35191F),
    broken_line: rgb(0x7A2E3C),
    good: rgb(0x4FC48C),
    good_fill: rgb(0x152B21),
    good_line: rgb(0x2B6347),
    track: rgb(0x2A2F38),
    knob: rgb(0xE7EAF0),
    pad: rgb(0x59626F),
    on_blue: rgb(0x101216),
    code_name: rgb(0x6FCBD8),
    code_number: rgb(0xCBA6F0),
    code_text: rgb(0xA9BFA0),
};

const LIGHT: Colors = Colors {
    ground: rgb(0xFBFBFA),
    side: rgb(0xF2F3F5),
    raised: rgb(0xE7E9ED),
    hover: rgb(0xDDE0E6),
    line: rgb(0xD9DCE2),
    text: rgb(0x1A1E26),
    dim: rgb(0x464F5C),
    faint: rgb(0x626B78),
    blue: rgb(0x1F6BD8),
    blue_fill: rgb(0xDCE8FB),
    blue_text: rgb(0x124A9E),
    focus: rgb(0xE07B00),
    focus_text: rgb(0x9A5200),
    b: rgb(0xC8451B),
    broken: rgb(0xBE1B3D),
    broken_fill: rgb(0xFBE6EA),
    broken_line: rgb(0xE3A5B2),
    good: rgb(0x1A7A4A),
    good_fill: rgb(0xE2F3E9),
    good_line: rgb(0x9CCFB4),
    track: rgb(0xDDE0E6),
    knob: rgb(0xFFFFFF),
    pad: rgb(0x9AA2AE),
    on_blue: rgb(0xFFFFFF),
    code_name: rgb(0x0B6875),
    code_number: rgb(0x7636A8),
    code_text: rgb(0x55663F),
};

/// The colours of the theme that `visuals` belong to.
pub fn colors(visuals: &Visuals) -> &'static Colors {
    if visuals.dark_mode { &DARK } else { &LIGHT }
}

/// The colours of the theme that `ui` is drawn in.
pub fn of(ui: &Ui) -> &'static Colors {
    colors(ui.visuals())
}

/// Little to much, in both themes (viridis).
pub const SEQUENTIAL: [Color32; 10] = [
    rgb(0x440154),
    rgb(0x482878),
    rgb(0x3E4989),
    rgb(0x31688E),
    rgb(0x26828E),
    rgb(0x1F9E89),
    rgb(0x35B779),
    rgb(0x6DCD59),
    rgb(0xB4DE2C),
    rgb(0xFDE725),
];
/// Dark to bright, in both themes: photos and filters that keep brightness.
pub const BRIGHTNESS: [Color32; 5] =
    [rgb(0x101217), rgb(0x33404F), rgb(0x7D8FA3), rgb(0xC9D3DC), rgb(0xECE9E2)];
pub(super) const DIVERGING_DARK: [Color32; 9] = [
    rgb(0x9CCBFF),
    rgb(0x5596E6),
    rgb(0x2C5A9A),
    rgb(0x1D3150),
    rgb(0x1B1E24),
    rgb(0x4A232C),
    rgb(0x923849),
    rgb(0xDE6073),
    rgb(0xFFB3B8),
];
pub(super) const DIVERGING_LIGHT: [Color32; 9] = [
    rgb(0x0B3C7D),
    rgb(0x2F6DBB),
    rgb(0x7FA9DC),
    rgb(0xCBDCF0),
    rgb(0xF4F4F2),
    rgb(0xF5D3D6),
    rgb(0xE38C97),
    rgb(0xC23A50),
    rgb(0x7A1028),
];
/// What is not a number.
pub const NAN: Color32 = rgb(0xFF00C8);

/// Negative to positive, 0 one step off the ground.
pub fn diverging(visuals: &Visuals) -> &'static [Color32] {
    if visuals.dark_mode { &DIVERGING_DARK } else { &DIVERGING_LIGHT }
}

/// The colour at `t` in 0..1 of a map whose steps are equal; [`NAN`] for a NaN.
pub fn along(map: &[Color32], t: f32) -> Color32 {
    if t.is_nan() || map.is_empty() {
        return NAN;
    }
    let at = t.clamp(0.0, 1.0) * (map.len() - 1) as f32;
    let below = (at as usize).min(map.len().saturating_sub(2));
    let above = (below + 1).min(map.len() - 1);
    map[below].lerp_to_gamma(map[above], at - below as f32)
}

/// What is looked at, where one colour has to serve both themes; else [`Colors::focus`].
pub const ACCENT: Color32 = LIGHT.focus;
/// A passed audit.
pub const GOOD: Color32 = rgb(0x26A05F);
/// A failed audit, an error.
pub const BAD: Color32 = rgb(0xD63B3B);
/// A remark that needs attention without being an error.
pub const WARN: Color32 = rgb(0xCC8600);

/// Families of layers in the drawing of a network: convolution, dense, normalisation, activation,
/// pooling, join, anything else. Told apart without red-green vision, readable on both grounds.
pub const FAMILIES: [Color32; 7] =
    [rgb(0x4285D6), rgb(0x56B4C8), rgb(0x8C929E), rgb(0xE69F00), rgb(0x149E73), rgb(0xBE6EAA), rgb(0x786C60)];

/// Colours of many series in one chart; none is that of what is looked at, of A, of B, or of what is broken.
pub const SERIES: [Color32; 7] =
    [rgb(0x4285D6), rgb(0x149E73), rgb(0xBE6EAA), rgb(0x56B4C8), rgb(0x9AA832), rgb(0x8C929E), rgb(0x8A6F5A)];

/// Width of the navigation in points.
pub const NAVIGATION_WIDTH: f32 = 208.0;
/// Width of the settings in points.
pub const SETTINGS_WIDTH: f32 = 272.0;
/// Height of the status line in points.
pub const STATUS_HEIGHT: f32 = 24.0;
/// Margin of the stage in points.
pub const MARGIN: f32 = 16.0;
/// Height of a colour bar in points.
pub const BAR_HEIGHT: f32 = 9.0;
/// Space between neighbouring pictures in points.
pub const GAP: f32 = 14.0;
/// Least side of a cell in points in which its number is written.
pub const NUMBER_CELL: f32 = 19.0;
/// Radius of bars, tags, buttons and cards in points.
pub const RADIUS_BAR: f32 = 3.0;
/// Radius of a tag on a picture.
pub const RADIUS_TAG: f32 = 4.0;
/// Radius of a field, a button, a row.
pub const RADIUS: f32 = 6.0;
/// Radius of a card or a box.
pub const RADIUS_CARD: f32 = 8.0;
/// Height of a button, a field, a chip of a run control in points.
pub const CONTROL_HEIGHT: f32 = 28.0;
/// Width of a vertical colour bar in points.
pub const BAR_WIDTH: f32 = 10.0;
/// Width of the frame of the cell that is looked at.
pub const FOCUS_STROKE: f32 = 2.0;
/// Width of a curve, and of what it was made of.
pub const CURVE: f32 = 2.25;
/// Dash and gap of series B.
pub const DASH: [f32; 2] = [7.0, 4.0];
/// Cells that the sliding window passes in a second.
pub const CELLS_PER_SECOND: f32 = 4.0;

/// The title of a page.
pub fn title() -> FontId {
    semibold(22.0)
}

/// The lesson sentence; its line is [`LESSON_LINE`] high.
pub fn lesson() -> FontId {
    medium(18.0)
}

/// Height of a line of the lesson in points.
pub const LESSON_LINE: f32 = 24.0;

/// The heading of a section.
pub fn section() -> FontId {
    semibold(16.0)
}

/// The name of a panel; its shape follows in [`control`].
pub fn panel() -> FontId {
    semibold(14.0)
}

/// Running text; its line is [`BODY_LINE`] high.
pub fn body() -> FontId {
    regular(15.0)
}

/// Height of a line of running text in points.
pub const BODY_LINE: f32 = 22.0;

/// Labels of controls, shapes, captions.
pub fn control() -> FontId {
    regular(13.0)
}

/// Values of controls.
pub fn value() -> FontId {
    medium(13.0)
}

/// Numbers in tables and cells.
pub fn number() -> FontId {
    medium(13.0)
}

/// The least size: ticks, remarks.
pub fn small() -> FontId {
    regular(12.0)
}

/// What a frame is cleared with: the ground of every panel.
pub fn ground(visuals: &Visuals) -> Color32 {
    colors(visuals).ground
}

/// Accent for text, readable on the background of either theme.
pub fn accent_text(visuals: &Visuals) -> Color32 {
    colors(visuals).focus_text
}

/// Fainter than the text, still readable.
pub fn faint(visuals: &Visuals) -> Color32 {
    colors(visuals).faint
}

/// A short pair of a dark and a light colour, one of which is readable on `background`.
pub fn ink_on(background: Color32) -> Color32 {
    let [r, g, b, _] = background.to_array().map(f32::from);
    if 0.299 * r + 0.587 * g + 0.114 * b > 130.0 { rgb(0x101216) } else { rgb(0xF4F5F7) }
}

/// How much larger than its points all is drawn in a room of so many pixels: 1 at 1280 x 800, 1.15 at 1920 x 1080,
/// 1.3 at 2560 x 1440, and as much again beyond; never smaller.
pub fn interface_scale([width, height]: [f32; 2]) -> f32 {
    // The heights grow by the steps that are usual beside those widths.
    let across = (width - 1280.0) / 640.0;
    let down = if height < 1080.0 { (height - 800.0) / 280.0 } else { 1.0 + (height - 1080.0) / 360.0 };
    1.0 + 0.15 * across.min(down).max(0.0)
}

/// Puts fonts, spacings and colours into egui; once at the start.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts::definitions());
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Heading, title()),
            (TextStyle::Body, regular(14.0)),
            (TextStyle::Button, regular(13.0)),
            (TextStyle::Small, small()),
            (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
        ]
        .into();
        style.spacing.item_spacing = vec2(8.0, 6.0);
        style.spacing.button_padding = vec2(10.0, 4.0);
        style.spacing.slider_width = 84.0;
        style.spacing.combo_width = 132.0;
        style.spacing.interact_size.y = 26.0;
        style.spacing.window_margin = Margin::same(10);
        style.interaction.selectable_labels = false;
        paint(&mut style.visuals);
    });
}

/// Colours of egui's own widgets.
fn paint(visuals: &mut Visuals) {
    let c = *colors(visuals);
    let widgets = &mut visuals.widgets;
    let states = [
        (&mut widgets.noninteractive, c.side, c.line, c.dim),
        (&mut widgets.inactive, c.raised, Color32::TRANSPARENT, c.text),
        (&mut widgets.hovered, c.hover, c.line, c.text),
        (&mut widgets.active, c.hover, c.blue, c.text),
        (&mut widgets.open, c.hover, c.line, c.text),
    ];
    for (widget, fill, line, ink) in states {
        widget.corner_radius = CornerRadius::same(RADIUS as u8);
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, line);
        widget.fg_stroke = Stroke::new(1.0, ink);
        widget.expansion = 0.0;
    }
    // A slider's trough is its widget's ground: it must stand out from the panel.
    visuals.widgets.inactive.bg_fill = c.track;
    visuals.slider_trailing_fill = true;
    visuals.selection.bg_fill = c.blue_fill;
    visuals.selection.stroke = Stroke::new(1.0, c.blue_text);
    visuals.hyperlink_color = c.blue;
    visuals.warn_fg_color = c.focus_text;
    visuals.error_fg_color = c.broken;
    visuals.faint_bg_color = c.side;
    visuals.extreme_bg_color = c.side;
    visuals.text_edit_bg_color = Some(c.raised);
    visuals.code_bg_color = c.raised;
    visuals.window_fill = c.side;
    visuals.window_stroke = Stroke::new(1.0, c.line);
    visuals.window_corner_radius = CornerRadius::same(RADIUS_CARD as u8);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS as u8);
    visuals.window_shadow =
        Shadow { blur: 16, spread: 0, offset: [0, 4], color: Color32::from_black_alpha(60) };
    visuals.popup_shadow = visuals.window_shadow;
    // Panels let the frame's clear colour through: filling every pixel a second time is a good part
    // of a frame's cost on a software adapter.
    visuals.panel_fill = Color32::TRANSPARENT;
    visuals.override_text_color = Some(c.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast as WCAG 2 defines it.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let luminance = |c: Color32| {
            let linear = |v: u8| {
                let v = f64::from(v) / 255.0;
                if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_voice_is_readable_on_its_ground() {
        for c in [DARK, LIGHT] {
            let code = [c.code_name, c.code_number, c.code_text];
            let voices = [c.text, c.dim, c.faint, c.focus_text, c.b, c.broken, c.good, c.blue];
            for ink in voices.into_iter().chain(code) {
                assert!(contrast(ink, c.ground) >= 4.5, "{ink:?} on {:?}", c.ground);
            }
            assert!(contrast(c.blue_text, c.blue_fill) >= 4.5);
            assert!(contrast(c.on_blue, c.blue) >= 4.5);
        }
    }

    #[test]
    fn a_map_begins_and_ends_with_its_ends() {
        assert_eq!(along(&SEQUENTIAL, 0.0), SEQUENTIAL[0]);
        assert_eq!(along(&SEQUENTIAL, 1.0), SEQUENTIAL[9]);
        assert_eq!(along(&DIVERGING_DARK, 0.5), DIVERGING_DARK[4]);
        assert_eq!(along(&BRIGHTNESS, f32::NAN), NAN);
        assert_eq!(along(&BRIGHTNESS[..1], 0.7), BRIGHTNESS[0]);
    }
}
