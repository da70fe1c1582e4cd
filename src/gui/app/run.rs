//! Running the window on this desktop.

use eframe::egui::ViewportBuilder;

use super::remembered::Remembered;
use super::start::Start;
use super::window::App;

/// Runs the window until it is closed. The error is a sentence with a next step.
pub fn run(mut start: Start) -> Result<(), String> {
    let window = ViewportBuilder::default()
        .with_app_id("sealscope")
        .with_title("Sealscope")
        .with_inner_size([1600.0, 1000.0])
        .with_min_inner_size([900.0, 600.0])
        .with_drag_and_drop(true);
    let window = if start.forget { window } else { Remembered::load().window(window) };
    let mut options = eframe::NativeOptions { viewport: window, ..Default::default() };
    // Files cannot be dropped on native Wayland windows, but on XWayland ones they can.
    let x11 = cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_some() && std::env::var_os("SEALSCOPE_WAYLAND").is_none();
    if x11 {
        options.event_loop_builder = Some(Box::new(|builder| {
            #[cfg(target_os = "linux")]
            {
                use winit::platform::x11::EventLoopBuilderExtX11;
                builder.with_x11();
            }
            #[cfg(not(target_os = "linux"))]
            let _ = builder;
        }));
    } else if cfg!(target_os = "linux") {
        start.no_drop = true;
    }
    eframe::run_native("Sealscope", options, Box::new(|creation| {
        #[cfg(debug_assertions)]
        super::shown::install(&creation.egui_ctx);
        Ok(Box::new(App::new(&creation.egui_ctx, start)))
    })).map_err(|error| {
        format!("The window cannot be opened: {error}. Without a display use `sealscope verify PATH`; on a desktop install libgl1, libegl1 and libxkbcommon-x11-0.")
    })
}
