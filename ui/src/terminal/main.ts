// The web terminal page.

import { mount } from "svelte";
import "../look/tokens.css";
import "./output/output.css";
import { startTheme } from "../look/theme";
import App from "./page/App.svelte";

startTheme();
const target = document.getElementById("app");
if (target) mount(App, { target });
