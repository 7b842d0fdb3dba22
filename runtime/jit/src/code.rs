//! Machine code, from its making to its freeing: the one place that knows the compiler's module.
//!
//! INVARIANT: pages of code are never writable and executable at once. The module's memory provider
//! maps them readable and writable; [`Builder::finish`] makes them readable and executable, once,
//! and nothing is defined after that.
//!
//! INVARIANT: code is unmapped when the last [`Code`] that refers to it is dropped, and not before.
//! Whoever calls into code borrows its owner while doing so.

use std::sync::Mutex;

use cranelift_codegen::Context;
use cranelift_codegen::ir::{AbiParam, Signature, Type, types};
use cranelift_codegen::settings::{self, Configurable as _};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module as _, ModuleError, default_libcall_names};

/// Why there is no machine code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NativeError {
    /// There is no compiler for this machine.
    #[error("machine code cannot be made for this host: {0}")]
    Host(String),
    /// The compiler refused, or the system gave no memory that code may run in.
    #[error("machine code cannot be made of this program: {0}")]
    Refused(String),
    /// The program has nothing of what was asked to be compiled.
    #[error("there is nothing to make machine code of: {0}")]
    Nothing(&'static str),
}

impl From<ModuleError> for NativeError {
    fn from(error: ModuleError) -> Self {
        NativeError::Refused(error.to_string())
    }
}

/// Owns a module and frees its memory.
struct Module(Option<JITModule>);

impl Drop for Module {
    fn drop(&mut self) {
        if let Some(module) = self.0.take() {
            // SAFETY: no function of the module is running or will be called. Functions are called
            // only through a borrow of the `Code` that owns this module, so none runs while it is
            // dropped; their addresses are in private fields beside it and go with it.
            unsafe { module.free_memory() };
        }
    }
}

/// Functions that are being compiled.
pub(crate) struct Builder {
    module: Module,
    context: Context,
    functions: FunctionBuilderContext,
    bytes: usize,
}

/// Functions that can be called.
pub(crate) struct Code {
    /// Never locked but to satisfy the compiler that sharing is sound: the module is not `Sync`,
    /// and nobody looks at it again before it is dropped.
    _module: Mutex<Module>,
    bytes: usize,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Code({} bytes)", self.bytes)
    }
}

impl Code {
    /// Bytes of machine code.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Builder {
    pub(crate) fn new(check: bool) -> Result<Builder, NativeError> {
        let refused = |error: &dyn std::fmt::Display| NativeError::Host(error.to_string());
        let mut flags = settings::builder();
        let check = if check { "true" } else { "false" };
        for (name, value) in [
            ("opt_level", "none"),
            ("is_pic", "false"),
            ("use_colocated_libcalls", "false"),
            ("enable_verifier", check),
            ("unwind_info", "false"),
        ] {
            flags.set(name, value).map_err(|error| refused(&error))?;
        }
        let host = cranelift_native::builder().map_err(|error| refused(&error))?;
        let isa = host
            .finish(settings::Flags::new(flags))
            .map_err(|error| refused(&error))?;
        if isa.pointer_type() != types::I64 {
            return Err(NativeError::Host(
                "its addresses are not 64 bits".to_owned(),
            ));
        }
        let builder = JITBuilder::with_isa(isa, default_libcall_names());
        Ok(Builder {
            module: Module(Some(JITModule::new(builder))),
            context: Context::new(),
            functions: FunctionBuilderContext::new(),
            bytes: 0,
        })
    }

    /// Define a function of these types. The body fills it; every block is sealed afterwards.
    pub(crate) fn define(
        &mut self,
        parameters: &[Type],
        result: Option<Type>,
        body: impl FnOnce(&mut FunctionBuilder<'_>) -> Option<()>,
    ) -> Result<FuncId, NativeError> {
        let gone = || NativeError::Refused("the module is gone".to_owned());
        let module = self.module.0.as_mut().ok_or_else(gone)?;
        let target = module.target_config();
        let mut signature = Signature::new(target.default_call_conv);
        signature.params = parameters.iter().map(|of| AbiParam::new(*of)).collect();
        signature.returns = result.iter().map(|of| AbiParam::new(*of)).collect();
        let id = module.declare_anonymous_function(&signature)?;
        module.clear_context(&mut self.context);
        self.context.func.signature = signature;
        let mut builder = FunctionBuilder::new(&mut self.context.func, &mut self.functions);
        let filled = body(&mut builder);
        builder.seal_all_blocks();
        builder.finalize(target);
        if filled.is_none() {
            return Err(NativeError::Refused(
                "the program is not verified".to_owned(),
            ));
        }
        module.define_function(id, &mut self.context)?;
        let compiled = self.context.compiled_code();
        self.bytes += compiled.map_or(0, |code| code.code_buffer().len());
        Ok(id)
    }

    /// Make everything executable. The addresses are those of the functions, in their order; they
    /// are good for as long as the code is.
    pub(crate) fn finish(
        mut self,
        functions: &[FuncId],
    ) -> Result<(Code, Vec<*const u8>), NativeError> {
        let gone = || NativeError::Refused("the module is gone".to_owned());
        let module = self.module.0.as_mut().ok_or_else(gone)?;
        module.finalize_definitions()?;
        let addresses = functions
            .iter()
            .map(|id| module.get_finalized_function(*id))
            .collect();
        let code = Code {
            _module: Mutex::new(self.module),
            bytes: self.bytes,
        };
        Ok((code, addresses))
    }
}
