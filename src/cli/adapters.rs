//! `glassbox adapters`: what there is to compute on.

use super::context::{AdapterName, Context};
use super::failure::Outcome;
use super::terminal::{Align, HEADING, Table, print, print_json};
use crate::gpu::GpuError;

/// List the graphics adapters, best first
///
/// The one that would be taken is marked with *. `--backend` and `--adapter` change the choice.
#[derive(Clone, Debug, clap::Args)]
pub struct Adapters {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// One adapter.
#[derive(serde::Serialize)]
struct Row {
    #[serde(flatten)]
    name: AdapterName,
    driver: String,
    chosen: bool,
    timestamps: bool,
    limits: Limits,
}

/// Limits that decide what fits.
#[derive(Default, serde::Serialize)]
struct Limits {
    max_storage_buffer_binding_size: u64,
    max_storage_buffers_per_shader_stage: u32,
    max_compute_workgroup_storage_size: u32,
    max_compute_invocations_per_workgroup: u32,
    max_texture_dimension_2d: u32,
    subgroup_size: [u32; 2],
}

impl Row {
    fn of(adapter: &wgpu::Adapter, chosen: bool) -> Self {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let driver = [info.driver.as_str(), info.driver_info.as_str()];
        Self {
            name: AdapterName::of(&info),
            driver: driver.into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" "),
            chosen,
            timestamps: adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY),
            limits: Limits {
                max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size,
                max_storage_buffers_per_shader_stage: limits.max_storage_buffers_per_shader_stage,
                max_compute_workgroup_storage_size: limits.max_compute_workgroup_storage_size,
                max_compute_invocations_per_workgroup: limits.max_compute_invocations_per_workgroup,
                max_texture_dimension_2d: limits.max_texture_dimension_2d,
                subgroup_size: [info.subgroup_min_size, info.subgroup_max_size],
            },
        }
    }

    fn reference() -> Self {
        Self {
            name: AdapterName::reference(),
            driver: String::new(),
            chosen: true,
            timestamps: false,
            limits: Limits::default(),
        }
    }
}

impl Adapters {
    /// Lists them. Fails if none would be taken.
    pub fn run(&self, context: &Context) -> Outcome {
        let choice = context.choice();
        let mut rows = Vec::new();
        if context.on_reference() {
            rows.push(Row::reference());
        } else {
            let adapters = choice.adapters(&choice.instance(None));
            let chosen = adapters.iter().position(|a| choice.accepts(&a.get_info().name));
            rows.extend(adapters.iter().enumerate().map(|(i, a)| Row::of(a, Some(i) == chosen)));
        }
        if self.json {
            print_json(&rows)?;
        } else if !rows.is_empty() {
            print(&text(&rows, context.color.on_stdout()))?;
        }
        if rows.is_empty() {
            return Err(choice.nothing_found().into());
        }
        if rows.iter().all(|row| !row.chosen) {
            let found = rows.iter().map(|row| row.name.name.as_str()).collect::<Vec<_>>().join(", ");
            let name = choice.wanted().unwrap_or_default();
            return Err(GpuError::NoSuchAdapter { name, found }.into());
        }
        Ok(())
    }
}

fn text(rows: &[Row], color: bool) -> String {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("name", Align::Left),
        ("backend", Align::Left),
        ("type", Align::Left),
        ("largest buffer", Align::Right),
        ("driver", Align::Left),
    ]);
    for row in rows {
        let mib = row.limits.max_storage_buffer_binding_size >> 20;
        table.row(
            vec![
                if row.chosen { "*".into() } else { String::new() },
                row.name.name.clone(),
                row.name.backend.clone(),
                row.name.device_type.clone(),
                if mib > 0 { format!("{mib} MiB") } else { "-".into() },
                row.driver.clone(),
            ],
            row.chosen.then_some(HEADING),
        );
    }
    format!("{}\n* is taken\n", table.render(color))
}
