//! Colours, sizes and spacings of the whole program; nothing else names any.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Visuals, vec2};

/// Window outlines and the hovered cell.
pub const ACCENT: Color32 = Color32::from_rgb(255, 138, 0);
/// A passed audit.
pub const GOOD: Color32 = Color32::from_rgb(38, 160, 95);
/// A failed audit, an error.
pub const BAD: Color32 = Color32::from_rgb(214, 59, 59);
/// A remark that needs attention without being an error.
pub const WARN: Color32 = Color32::from_rgb(204, 134, 0);

/// Families of layers in the drawing of a network: convolution, dense, normalisation, activation,
/// pooling, join, anything else. Told apart without red-green vision, readable on both grounds.
pub const FAMILIES: [Color32; 7] = [
    Color32::from_rgb(66, 133, 214),
    Color32::from_rgb(86, 180, 200),
    Color32::from_rgb(140, 146, 158),
    Color32::from_rgb(230, 159, 0),
    Color32::from_rgb(20, 158, 115),
    Color32::from_rgb(190, 110, 170),
    Color32::from_rgb(120, 108, 96),
];

/// Width of the navigation in points.
pub const NAVIGATION_WIDTH: f32 = 216.0;
/// Width of the settings in points.
pub const SETTINGS_WIDTH: f32 = 312.0;
/// Height of a colour bar in points.
pub const BAR_HEIGHT: f32 = 9.0;
/// Space between neighbouring pictures in points.
pub const GAP: f32 = 14.0;
/// Least side of a cell in points in which its number is written.
pub const NUMBER_CELL: f32 = 19.0;

/// What a frame is cleared with: the ground of every panel.
pub fn ground(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_rgb(24, 26, 31) } else { Color32::from_rgb(250, 250, 251) }
}

/// Accent for text, readable on the background of either theme.
pub fn accent_text(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_rgb(255, 170, 70) } else { Color32::from_rgb(176, 88, 0) }
}

/// Fainter than the text, still readable.
pub fn faint(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_rgb(158, 164, 175) } else { Color32::from_rgb(92, 98, 110) }
}

/// Cells that no window reads.
pub fn hatch(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_rgb(255, 110, 110) } else { Color32::from_rgb(190, 30, 30) }
}

/// A short pair of a dark and a light colour, one of which is readable on `background`.
pub fn ink_on(background: Color32) -> Color32 {
    let [r, g, b, _] = background.to_array().map(f32::from);
    if 0.299 * r + 0.587 * g + 0.114 * b > 140.0 { Color32::from_gray(16) } else { Color32::from_gray(245) }
}

/// Puts fonts, spacings and colours into egui; once at the start.
pub fn install(ctx: &egui::Context) {
    ctx.all_styles_mut(|style| {
        let font = |size| FontId::new(size, FontFamily::Proportional);
        style.text_styles = [
            (TextStyle::Heading, font(21.0)),
            (TextStyle::Body, font(14.0)),
            (TextStyle::Button, font(14.0)),
            (TextStyle::Small, font(12.0)),
            (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
        ]
        .into();
        style.spacing.item_spacing = vec2(8.0, 6.0);
        style.spacing.button_padding = vec2(8.0, 4.0);
        style.spacing.slider_width = 132.0;
        style.spacing.combo_width = 132.0;
        style.spacing.interact_size.y = 24.0;
        style.spacing.window_margin = Margin::same(10);
        style.interaction.selectable_labels = false;
        let visuals = &mut style.visuals;
        let radius = CornerRadius::same(5);
        for widget in [
            &mut visuals.widgets.inactive,
            &mut visuals.widgets.hovered,
            &mut visuals.widgets.active,
            &mut visuals.widgets.open,
            &mut visuals.widgets.noninteractive,
        ] {
            widget.corner_radius = radius;
        }
        visuals.slider_trailing_fill = true;
        visuals.selection.bg_fill =
            if visuals.dark_mode { Color32::from_rgb(122, 74, 14) } else { Color32::from_rgb(255, 205, 140) };
        visuals.selection.stroke = Stroke::new(
            1.0,
            if visuals.dark_mode { Color32::from_rgb(255, 224, 186) } else { Color32::from_rgb(96, 48, 0) },
        );
        // Panels let the frame's clear colour through: filling every pixel a second time is a good part
        // of a frame's cost on a software adapter.
        visuals.panel_fill = Color32::TRANSPARENT;
        if visuals.dark_mode {
            visuals.extreme_bg_color = Color32::from_rgb(15, 16, 20);
            visuals.override_text_color = Some(Color32::from_rgb(222, 225, 231));
        } else {
            visuals.override_text_color = Some(Color32::from_rgb(28, 32, 40));
        }
    });
}
