//! Compiles the screens.

fn main() -> Result<(), slint_build::CompileError> {
    let configuration = slint_build::CompilerConfiguration::new()
        .with_default_translation_context(slint_build::DefaultTranslationContext::None)
        .with_bundled_translations("lang")
        // Tests, which are debug builds, find elements by it.
        .with_debug_info(cfg!(debug_assertions));
    slint_build::compile_with_config("ui/app.slint", configuration)
}
