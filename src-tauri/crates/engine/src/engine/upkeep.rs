//! Upkeep: what an engine does by itself while it runs.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::context::Context;
use crate::protocol::NotificationKind;

/// Milliseconds of a day.
const DAY: i64 = 24 * 3600 * 1000;

/// Starts all of it. Each ends when the engine stops.
pub(super) fn start(context: &Arc<Context>) -> [JoinHandle<()>; 4] {
    [
        tokio::spawn(end_stale(Arc::clone(context))),
        tokio::spawn(show_health(Arc::clone(context))),
        tokio::spawn(sweep(Arc::clone(context))),
        tokio::spawn(look_for_waits(Arc::clone(context))),
    ]
}

/// Shows what is wrong with the store, as long as something is, until the engine stops.
async fn show_health(context: Arc<Context>) {
    let mut stopping = context.stopping.subscribe();
    let mut health = context.store.health();
    loop {
        let problem = health.borrow_and_update().clone();
        context.activity.problem(problem);
        tokio::select! {
            changed = health.changed() => if changed.is_err() { return },
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

/// Looks for sessions and uploads that nobody uses any more, until the engine stops.
async fn end_stale(context: Arc<Context>) {
    let mut stopping = context.stopping.subscribe();
    let mut rounds = tokio::time::interval(context.limits.rounds);
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        context.store.alive(context.sessions.in_use());
        context.sessions.end_stale().await;
        context.files.drop_idle_uploads().await;
    }
}

/// Looks for commands that wait for input, as long as some client wants to be told, until the engine stops.
async fn look_for_waits(context: Arc<Context>) {
    let mut stopping = context.stopping.subscribe();
    let mut rounds = tokio::time::interval(context.limits.input_looks);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        if context.board.is_wanted(NotificationKind::InputAwaited) {
            let sessions = context.sessions.all();
            let look = move || sessions.iter().for_each(|session| session.tell_awaiting());
            // The next round comes all the same.
            let _ = tokio::task::spawn_blocking(look).await;
        }
    }
}

/// Removes what is kept longer than the user likes: when the engine starts, every few minutes, and when that changes.
async fn sweep(context: Arc<Context>) {
    let mut stopping = context.stopping.subscribe();
    let mut changed = context.preferences.changed();
    let mut rounds = tokio::time::interval(context.limits.sweep);
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            changed = changed.changed() => if changed.is_err() { return },
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        let values = context.preferences.values();
        let days = values.retention_days.min(context.limits.stored_days);
        let most = u64::from(values.retention_commands).min(context.limits.stored_commands);
        let before = |days: u32| context.clock.now().saturating_sub(i64::from(days) * DAY);
        // What a client likes does not shorten what is known of clients.
        let oldest_act = before(context.limits.audit_days);
        if let Err(error) = context.store.sweep(most, before(days), oldest_act).await {
            tracing::warn!("Old commands are not removed yet: {error}");
        }
    }
}
