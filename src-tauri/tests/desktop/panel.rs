//! A panel: owns the name that tray icons register with, reads the icon's menu, and clicks in it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Connection, Proxy, interface};

use crate::within;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// An item of a menu on the bus: id, properties, children.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

struct Watcher(mpsc::UnboundedSender<(String, String)>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let _ = self.0.send((sender, service));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// The panel of a session.
pub(crate) struct Panel {
    bus: Connection,
    icons: mpsc::UnboundedReceiver<(String, String)>,
}

impl Panel {
    /// Takes the panel's place on the bus.
    pub(crate) async fn open(bus: &Connection) -> Self {
        let (sender, icons) = mpsc::unbounded_channel();
        bus.object_server().at("/StatusNotifierWatcher", Watcher(sender)).await.unwrap();
        bus.request_name(WATCHER).await.unwrap();
        Self { bus: bus.clone(), icons }
    }

    /// The next icon that registers.
    pub(crate) async fn icon(&mut self) -> Icon {
        let (owner, path) = within("a tray icon", self.icons.recv()).await.unwrap();
        let item = Proxy::new(&self.bus, owner.clone(), path, ITEM).await.unwrap();
        let menu_path: OwnedObjectPath = within("the icon's menu", item.get_property("Menu")).await.unwrap();
        let menu = Proxy::new(&self.bus, owner.clone(), menu_path, MENU).await.unwrap();
        Icon { bus: self.bus.clone(), owner, item, menu }
    }
}

/// An icon in the panel, with its menu.
pub(crate) struct Icon {
    bus: Connection,
    owner: String,
    item: Proxy<'static>,
    menu: Proxy<'static>,
}

/// One item of a menu.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    id: i32,
    /// What it reads.
    pub(crate) label: String,
    /// Whether it can be chosen.
    pub(crate) enabled: bool,
}

impl Icon {
    /// The picture's file.
    async fn picture(&self) -> PathBuf {
        // Read anew: the icon announces changes by its own signals and not by those of properties.
        let properties =
            zbus::fdo::PropertiesProxy::new(&self.bus, self.owner.clone(), self.item.path().to_owned());
        let properties = properties.await.unwrap();
        let name = properties.get(ITEM.try_into().unwrap(), "IconName").await.unwrap();
        String::try_from(name).unwrap().into()
    }

    /// Waits until the icon shows the picture of that name from `icons/`.
    pub(crate) async fn shows(&self, name: &str) {
        let wanted =
            pixels(&std::fs::read(format!("{}/../icons/{name}.png", env!("CARGO_MANIFEST_DIR"))).unwrap());
        let mut changes = self.item.receive_signal("NewIcon").await.unwrap();
        within(&format!("the icon {name}"), async {
            // A picture that is just being replaced cannot be read; the next signal tells of the new one.
            while std::fs::read(self.picture().await).ok().map(|png| pixels(&png)).as_ref() != Some(&wanted) {
                changes.next().await.unwrap();
            }
        })
        .await;
    }

    /// The menu's items from the top; separators left out.
    pub(crate) async fn items(&self) -> Vec<Item> {
        let everything = (0_i32, -1_i32, Vec::<String>::new());
        let asked = async {
            loop {
                match self.menu.call("GetLayout", &everything).await {
                    // The icon is announced before its menu is there, and no signal tells when it is.
                    Err(zbus::Error::MethodError(name, ..)) if name.ends_with("UnknownMethod") => {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    answer => return answer,
                }
            }
        };
        let (_, (_, _, children)): (u32, Layout) = within("the menu", asked).await.unwrap();
        children.iter().filter_map(item).collect()
    }

    /// Waits until the menu has an item that reads `label`.
    pub(crate) async fn item(&self, label: &str) -> Item {
        self.menu_where(label, |items| items.iter().find(|item| item.label == label).cloned()).await
    }

    /// Waits until no item of the menu begins with `start`.
    pub(crate) async fn no_item(&self, start: &str) {
        self.menu_where(start, |items| items.iter().all(|item| !item.label.starts_with(start)).then_some(()))
            .await;
    }

    /// Waits until `found` finds something in the menu.
    pub(crate) async fn menu_where<T>(&self, what: &str, found: impl Fn(&[Item]) -> Option<T>) -> T {
        let mut changes = self.menu.receive_all_signals().await.unwrap();
        let mut seen = Vec::new();
        let waited = tokio::time::timeout(crate::PATIENCE, async {
            loop {
                seen = self.items().await;
                if let Some(found) = found(&seen) {
                    return found;
                }
                changes.next().await.unwrap();
            }
        });
        match waited.await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain for the menu to change ({what}); it reads {seen:#?}"),
        }
    }

    /// Chooses the item that reads `label`, once it can be chosen.
    pub(crate) async fn choose(&self, label: &str) {
        let enabled = |items: &[Item]| items.iter().find(|item| item.label == label && item.enabled).cloned();
        let item = self.menu_where(label, enabled).await;
        let event = (item.id, "clicked", Value::from(0_i32), 0_u32);
        let () = within("the click", self.menu.call("Event", &event)).await.unwrap();
    }
}

fn item(child: &OwnedValue) -> Option<Item> {
    let fields = child.downcast_ref::<Structure<'_>>().unwrap();
    let id = fields.fields()[0].downcast_ref::<i32>().unwrap();
    let properties: HashMap<String, OwnedValue> = fields.fields()[1].try_clone().unwrap().try_into().unwrap();
    let label =
        properties.get("label").and_then(|label| String::try_from(label.try_clone().unwrap()).ok())?;
    let enabled = properties.get("enabled").is_none_or(|enabled| enabled.downcast_ref::<bool>().unwrap());
    // The underscore marks the letter that the keyboard chooses; two of them are one to be read.
    Some(Item { id, label: label.replace("__", "_"), enabled })
}

fn pixels(png: &[u8]) -> Vec<u8> {
    tauri::image::Image::from_bytes(png).map(|image| image.rgba().to_vec()).unwrap_or_default()
}
