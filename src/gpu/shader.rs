//! WGSL programs: embedded at build time, `#import`ed pieces put in, reflected by naga.
//!
//! `#import shared/index` on a line of its own is replaced by `shaders/shared/index.wgsl`, once.
//! Debug builds re-read a shader from disk when it changes; release builds use what is embedded.

use std::borrow::Cow;

use super::kernel::Access;
use super::tensor::DType;

/// A WGSL program of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shader {
    /// Path below `shaders/`, without `.wgsl`: `conv/conv2d`.
    pub path: &'static str,
    /// Text as embedded, imports not yet put in.
    pub source: &'static str,
}

/// Embeds `shaders/PATH.wgsl`.
#[macro_export]
macro_rules! shader {
    ($path:literal) => {
        $crate::gpu::Shader {
            path: $path,
            source: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $path, ".wgsl")),
        }
    };
}

/// Pieces that shaders import.
pub const SHARED: &[Shader] = &[
    shader!("shared/index"),
    shader!("shared/level"),
    shader!("shared/activation"),
    shader!("shared/philox"),
    shader!("shared/finite"),
    shader!("shared/strided"),
    shader!("shared/pad"),
    shader!("shared/shuffle"),
    shader!("shared/power"),
    shader!("shared/derivative"),
    shader!("shared/window"),
    shader!("shared/position"),
    shader!("shared/quads"),
    shader!("shared/deformed"),
    shader!("shared/pixel"),
    shader!("shared/neighbours"),
    shader!("shared/losses"),
];

/// Why a shader cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ShaderError {
    /// `#import` names no shared piece.
    #[error("`#import {import}`: there is no such shared shader ({path}.wgsl)")]
    UnknownImport {
        /// What was asked for.
        import: String,
        /// Who asked.
        path: &'static str,
    },
    /// naga could not parse it.
    #[error("{message} ({path}.wgsl)")]
    Parse {
        /// naga's message, with the place.
        message: String,
        /// Which shader.
        path: &'static str,
    },
}

/// A binding found in a shader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Number within group 0.
    pub binding: u32,
    /// Variable name.
    pub name: String,
    /// Storage access; `None` for the uniform block.
    pub access: Option<Access>,
    /// Element type of a storage array.
    pub dtype: Option<DType>,
}

/// What naga finds in a shader.
#[derive(Clone, Debug, Default)]
pub struct Reflection {
    /// Bindings of group 0, by number.
    pub bindings: Vec<Binding>,
    /// Members of the uniform block: name and byte offset.
    pub members: Vec<(String, usize)>,
    /// Workgroup size of `main`.
    pub workgroup: [u32; 3],
    /// Bytes of workgroup memory.
    pub workgroup_bytes: u32,
}

impl Shader {
    /// The file's stem: `conv2d`.
    pub fn stem(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The text to show: as written, imports not put in. In debug builds, as it is on disk now.
    pub fn text(&self) -> Cow<'static, str> {
        if cfg!(debug_assertions)
            && let Ok(text) = std::fs::read_to_string(self.disk_path())
        {
            return Cow::Owned(text);
        }
        Cow::Borrowed(self.source)
    }

    /// Where the file lies in a checkout.
    pub fn disk_path(&self) -> std::path::PathBuf {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("shaders/{}.wgsl", self.path))
    }

    /// The complete program: imports put in, each once, in the order of first mention.
    pub fn expanded(&self) -> Result<String, ShaderError> {
        let mut seen = Vec::new();
        let mut out = String::new();
        expand(self, &self.text(), &mut seen, &mut out)?;
        Ok(out)
    }

    /// Parses the program.
    pub fn parse(&self) -> Result<naga::Module, ShaderError> {
        let source = self.expanded()?;
        naga::front::wgsl::parse_str(&source).map_err(|e| {
            let line = e.location(&source).map_or(0, |at| at.line_number as usize);
            let text = source.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
            let message = format!("{}, in `{text}`", e.message());
            ShaderError::Parse { message, path: self.path }
        })
    }

    /// Bindings, uniform members and workgroup size.
    pub fn reflect(&self) -> Result<Reflection, ShaderError> {
        Ok(reflect(&self.parse()?))
    }
}

fn expand(
    shader: &Shader,
    text: &str,
    seen: &mut Vec<&'static str>,
    out: &mut String,
) -> Result<(), ShaderError> {
    for line in text.lines() {
        let Some(import) = line.trim().strip_prefix("#import ") else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let import = import.trim();
        let piece = SHARED
            .iter()
            .find(|s| s.path == import)
            .ok_or_else(|| ShaderError::UnknownImport { import: import.into(), path: shader.path })?;
        if !seen.contains(&piece.path) {
            seen.push(piece.path);
            expand(piece, &piece.text(), seen, out)?;
        }
    }
    Ok(())
}

fn reflect(module: &naga::Module) -> Reflection {
    let mut found = Reflection::default();
    for (_, var) in module.global_variables.iter() {
        let inner = &module.types[var.ty].inner;
        if var.space == naga::AddressSpace::WorkGroup {
            found.workgroup_bytes += inner.size(module.to_ctx());
        }
        let Some(resource) = &var.binding else { continue };
        let mut binding = Binding {
            binding: resource.binding,
            name: var.name.clone().unwrap_or_default(),
            access: None,
            dtype: None,
        };
        match (var.space, inner) {
            (naga::AddressSpace::Uniform, naga::TypeInner::Struct { members, .. }) => {
                found.members =
                    members.iter().map(|m| (m.name.clone().unwrap_or_default(), m.offset as usize)).collect();
            }
            (naga::AddressSpace::Storage { access }, naga::TypeInner::Array { base, .. }) => {
                let writable = access.contains(naga::StorageAccess::STORE);
                binding.access = Some(if writable { Access::Write } else { Access::Read });
                binding.dtype = match module.types[*base].inner.scalar_kind() {
                    Some(naga::ScalarKind::Float) => Some(DType::F32),
                    Some(naga::ScalarKind::Uint) => Some(DType::U32),
                    _ => None,
                };
            }
            _ => {}
        }
        found.bindings.push(binding);
    }
    found.bindings.sort_by_key(|b| b.binding);
    if let Some(entry) = module.entry_points.iter().find(|e| e.name == "main") {
        found.workgroup = entry.workgroup_size;
    }
    found
}
