//! CPU time for the lanes of a frame with ten million events in five hundred lanes, at three zooms, panning.
//!
//! `cargo bench --bench frame`; SEALSCOPE_BENCH_EVENTS sets the number of events.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::{Duration, Instant};

use eframe::egui::{CentralPanel, Context, RawInput, Rect, Theme, pos2, vec2};
use sealscope::gui::bench::TimelineBench;

fn main() {
    let events: usize = std::env::var("SEALSCOPE_BENCH_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000_000);
    let lanes = 500;
    let start = Instant::now();
    let mut bench = TimelineBench::new(events, lanes);
    println!(
        "{events} events in {lanes} lanes, index built in {:.2} s, {:.1} bytes of memory for each event",
        start.elapsed().as_secs_f64(),
        bench.bytes_per_event()
    );
    let context = Context::default();
    sealscope::gui::tokens::install(&context);
    context.set_theme(Theme::Dark);
    for (name, share) in [("far", 1.0), ("middle", 0.01), ("near", 0.000_01)] {
        bench.zoom(share);
        let mut times: Vec<Duration> = Vec::new();
        let mut broken_seen = 0;
        for frame in 0..400 {
            bench.pan(if frame % 80 < 40 { 3.0 } else { -3.0 });
            let input = RawInput {
                screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1600.0, 1000.0))),
                time: Some(frame as f64 / 60.0),
                ..RawInput::default()
            };
            let start = Instant::now();
            let output = context.run_ui(input, |ui| {
                CentralPanel::no_frame().show(ui, |ui| bench.show(ui));
            });
            let shapes = output.shapes.len();
            let meshes = context.tessellate(output.shapes, output.pixels_per_point);
            times.push(start.elapsed());
            broken_seen += usize::from(shapes > 0 && !meshes.is_empty());
        }
        assert_eq!(broken_seen, 400);
        assert!(bench.broken_is_visible(), "the one broken record must be seen at every zoom that holds it");
        times.drain(..20);
        times.sort();
        println!(
            "{name}: median {:.2} ms, 99th percentile {:.2} ms of CPU for each frame (timeline with tessellation)",
            times[times.len() / 2].as_secs_f64() * 1e3,
            times[times.len() * 99 / 100].as_secs_f64() * 1e3
        );
    }
}
