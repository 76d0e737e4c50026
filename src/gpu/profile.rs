//! What an adapter is good at; variants are chosen by it.

/// Facts about the adapter that decide which variant of a kernel runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The "GPU" is the processor (llvmpipe, WARP): lanes are SIMD lanes, barriers are dear.
    pub software: bool,
    /// Smallest and largest subgroup, where the adapter tells; (0, 0) otherwise.
    pub subgroup: (u32, u32),
    /// Workgroup memory in bytes.
    pub workgroup_memory: u32,
    /// Most invocations in a workgroup.
    pub max_invocations: u32,
}

impl Profile {
    /// What an adapter with WebGPU's default limits offers.
    pub const PORTABLE: Self =
        Self { software: false, subgroup: (0, 0), workgroup_memory: 16_384, max_invocations: 256 };

    pub(super) fn of(adapter: &wgpu::Adapter) -> Self {
        let info = adapter.get_info();
        let limits = adapter.limits();
        Self {
            software: info.device_type == wgpu::DeviceType::Cpu,
            subgroup: (info.subgroup_min_size, info.subgroup_max_size),
            workgroup_memory: limits.max_compute_workgroup_storage_size,
            max_invocations: limits.max_compute_invocations_per_workgroup,
        }
    }
}
