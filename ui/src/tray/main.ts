// The tray window.

import { mount } from "svelte";
import "../look/tokens.css";
import { startTheme } from "../look/theme";
import { connect } from "./ipc";
import Window from "./Window.svelte";

startTheme();
const target = document.getElementById("app");
if (target) {
  const app = await connect();
  mount(Window, { target, props: { app } });
}
