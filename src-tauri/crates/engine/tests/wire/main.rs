//! The protocol over the real socket: a real server, a real websocket client, a real shell.
#![allow(clippy::unwrap_used)]

mod authentication;
mod binary;
mod breakpoints;
mod client;
mod commands;
mod cuts;
mod door;
mod downloads;
mod extensions;
mod files;
mod forget;
mod history;
mod holding;
mod lifecycle;
mod limits;
mod linking;
mod notes;
mod pipelines;
mod preferences;
mod processes;
mod programs;
mod proxy;
mod rehydrate;
mod requests;
mod restart;
mod resume;
mod resuming;
mod screens;
mod server;
mod sizes;
mod statuses;
mod thumbnails;
mod updates;
mod uploads;
