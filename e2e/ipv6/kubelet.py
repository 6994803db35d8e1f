#!/usr/bin/env python3
"""kubelet.py: runs the pods of the cluster that run.sh makes, as far as the product's pods need it.

It is in the place of a kubelet, of containerd and of DNS. Real ones would share control groups with a demo on this machine. Each pod gets a
network namespace with one IPv6 address and nothing else; its image's files as its root, with the volumes in it; its environment; and what a
kubelet writes into its status. The name of a Service leads to the pods that are ready: in /etc/hosts, at the pods' own ports.

The environment has API and TOKEN (the API server and an admin's token), CA, IMAGES (the folder of the images' contexts), SCRATCH, and
NETWORK and BRIDGE, to whose addresses and port the pods are added.
"""
import base64
import json
import os
import pathlib
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

API, TOKEN, NETWORK, BRIDGE = (os.environ[name] for name in ("API", "TOKEN", "NETWORK", "BRIDGE"))
CA = pathlib.Path(os.environ["CA"])
IMAGES, SCRATCH = (pathlib.Path(os.environ[name]) for name in ("IMAGES", "SCRATCH"))
NODE, USER = "node", "65532:65532"
HOSTS = SCRATCH / "hosts"
TLS = ssl.create_default_context(cafile=str(CA))
MERGE = "application/merge-patch+json"


def ask(method, path, body=None, content="application/json"):
    """A request to the API server; none if there is no such object, or if it has changed."""
    request = urllib.request.Request(API + path, json.dumps(body).encode() if body is not None else None, method=method)
    request.add_header("Authorization", f"Bearer {TOKEN}")
    request.add_header("Content-Type", content)
    try:
        with urllib.request.urlopen(request, timeout=60, context=TLS) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        if error.code in (404, 409):
            return None
        raise RuntimeError(f"{method} {path}: {error.read().decode()}") from error


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Pod:
    """A pod that runs here."""

    def __init__(self, number, pod):
        self.name, self.namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        self.uid, self.spec = pod["metadata"]["uid"], pod["spec"]
        self.path = f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"
        self.container = self.spec["containers"][0]
        self.interface, self.address = f"pod{number}", f"{NETWORK}{number:x}"
        self.folder = SCRATCH / "pods" / self.name
        self.files, self.began, self.restarts, self.written, self.stopped = self.folder / "files", now(), 0, None, False
        self.place(pod)
        self.start()

    def place(self, pod):
        """Gives it a network and its files, and a node."""
        ask("POST", f"{self.path}/binding", {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": self.name}, "target": {"kind": "Node", "name": NODE}})
        for line in (
            f"netns add {self.interface}",
            f"link add {self.interface} type veth peer name eth0 netns {self.interface}",
            f"link set {self.interface} master {BRIDGE} up",
            f"-n {self.interface} link set lo up",
            f"-n {self.interface} -4 address flush dev lo",  # the kernel adds 127.0.0.1
            f"-n {self.interface} address add {self.address}/64 dev eth0 nodad",
            f"-n {self.interface} link set eth0 up",
        ):
            subprocess.run(["ip", *line.split()], check=True)
        for folder in ("files", "work", "root", "files/dev", "files/proc", "files/etc"):
            (self.folder / folder).mkdir(parents=True)
        (self.files / "etc/hosts").touch()
        mounts = {mount["name"]: mount["mountPath"] for mount in self.container.get("volumeMounts", [])}
        for volume in self.spec.get("volumes", []):
            if volume["name"] in mounts:
                folder = self.files / mounts[volume["name"]].replace("/var/run/", "/run/").lstrip("/")
                folder.mkdir(parents=True, exist_ok=True)
                for source in volume.get("projected", {}).get("sources", [volume]):
                    self.write(folder, source)
        # As in images with the usual folders.
        (self.files / "var").mkdir(exist_ok=True)
        (self.files / "var/run").symlink_to("/run")

    def write(self, folder, source):
        """Writes the files of a volume, or of a part of one."""
        namespace = f"/api/v1/namespaces/{self.namespace}"
        if token := source.get("serviceAccountToken"):
            account = self.spec["serviceAccountName"]
            given = ask("POST", f"{namespace}/serviceaccounts/{account}/token", {"spec": {"expirationSeconds": token["expirationSeconds"]}})
            (folder / token["path"]).write_text(given["status"]["token"])
        if "downwardAPI" in source:
            for item in source["downwardAPI"]["items"]:
                (folder / item["path"]).write_text(self.field(item["fieldRef"]["fieldPath"]))
        for kind in ("configMap", "secret"):
            if kind in source:
                name = source[kind].get("name") or source[kind]["secretName"]
                found = ask("GET", f"{namespace}/{kind.lower()}s/{name}")
                data = found.get("data", {})
                items = source[kind].get("items") or [{"key": key, "path": key} for key in data]
                for item in items:
                    text = data[item["key"]]
                    (folder / item["path"]).write_bytes(base64.b64decode(text) if kind == "secret" else text.encode())

    def field(self, path):
        return {"metadata.name": self.name, "metadata.namespace": self.namespace, "metadata.uid": self.uid}[path]

    def environment(self):
        # The API server's address in the form that a kubelet gives it: without brackets. There is no kube-proxy, so it is not that of the Service.
        server = urllib.parse.urlsplit(API)
        variables = [f"KUBERNETES_SERVICE_HOST={server.hostname}", f"KUBERNETES_SERVICE_PORT={server.port}"]
        for variable in self.container.get("env", []):
            value = variable.get("value", "")
            if "valueFrom" in variable:
                value = self.field(variable["valueFrom"]["fieldRef"]["fieldPath"])
            variables.append(f"{variable['name']}={value}")
        return variables

    def start(self):
        image = IMAGES / self.container["image"].split("/")[-1].split(":")[0]
        command = self.container.get("command")
        if command is None:
            lines = (image / "Containerfile").read_text().splitlines()
            command = json.loads(next(line for line in lines if line.startswith("ENTRYPOINT ")).removeprefix("ENTRYPOINT "))
        command = [*command, *self.container.get("args", [])]
        # `ip netns exec` also makes a mount namespace.
        script = """
            folder=$1 lower=$2 hosts=$3 user=$4; shift 4
            mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/files,workdir=$folder/work" "$folder/root"
            mount --bind /dev "$folder/root/dev"
            mount -t proc proc "$folder/root/proc"
            mount --bind "$hosts" "$folder/root/etc/hosts"
            exec env -i "${@:2:$1}" "$(command -v chroot)" --userspec "$user" "$folder/root" "${@:$1+2}" """
        variables = self.environment()
        self.since = now()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.interface, "bash", "-euc", script, "pod", str(self.folder), str((image / "root").resolve()),
                 str(HOSTS), USER, str(len(variables)), *variables, *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def is_ready(self):
        probe = self.container.get("readinessProbe", {}).get("httpGet")
        if probe is None:
            return True
        port = next(port["containerPort"] for port in self.container["ports"] if port["name"] == probe["port"])
        try:
            return urllib.request.urlopen(f"http://[{self.address}]:{port}{probe['path']}", timeout=1).status == 200
        except OSError:
            return False

    def observe(self):
        """Writes the pod's status if it has changed, and starts a process again that should not have ended. Returns whether it is ready."""
        code = self.process.poll()
        if self.written and self.written[0] in ("Succeeded", "Failed"):
            return False
        if code is not None:
            policy = self.spec["restartPolicy"]
            if policy == "Always" or (policy == "OnFailure" and code != 0):
                self.restarts += 1
                time.sleep(0.5)
                self.start()
                code = None
        ready = code is None and self.is_ready()
        phase = "Running" if code is None else "Succeeded" if code == 0 else "Failed"
        if self.written != (phase, ready, self.restarts):
            self.written = (phase, ready, self.restarts)
            self.write_status(phase, ready, code)
        return ready

    def write_status(self, phase, ready, code):
        running = {"running": {"startedAt": self.since}}
        state = running if code is None else {"terminated": {
            "exitCode": code, "reason": "Completed" if code == 0 else "Error", "startedAt": self.since, "finishedAt": now()}}
        condition = {"status": "True" if ready else "False", "lastTransitionTime": now()}
        status = {
            "phase": phase, "podIP": self.address, "podIPs": [{"ip": self.address}], "startTime": self.began,
            "conditions": [{"type": "PodScheduled", "status": "True"}, *({"type": kind, **condition} for kind in ("ContainersReady", "Ready"))],
            "containerStatuses": [{
                "name": self.container["name"], "image": self.container["image"], "imageID": self.container["image"], "ready": ready,
                "started": code is None, "restartCount": self.restarts, "state": state}],
        }
        ask("PATCH", f"{self.path}/status", {"status": status}, MERGE)

    def stop(self):
        """Ends it as a kubelet does, without waiting for it."""
        if not self.stopped:
            self.stopped, self.deadline = True, time.monotonic() + self.spec.get("terminationGracePeriodSeconds", 30)
            self.process.send_signal(signal.SIGTERM)
        elif time.monotonic() > self.deadline:
            self.process.kill()
        return self.process.poll() is not None


def resolve(pods, ready):
    """Writes /etc/hosts: the names of the Services. In place, because every pod has this very file."""
    lines = ["::1 localhost"]
    for service in ask("GET", "/api/v1/services")["items"]:
        name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
        for pod in pods:
            labels = pod["metadata"].get("labels", {})
            selector = service["spec"].get("selector")
            if selector and pod["metadata"]["uid"] in ready and selector.items() <= labels.items() and namespace == pod["metadata"]["namespace"]:
                lines.append(f"{ready[pod['metadata']['uid']]} {name}.{namespace}.svc {name}.{namespace} {name}")
    text = "".join(f"{line}\n" for line in lines)
    if HOSTS.read_text() != text:
        HOSTS.write_text(text)


def main():
    HOSTS.write_text("::1 localhost\n")
    running, number = {}, 0x10
    while True:
        pods = ask("GET", "/api/v1/pods")["items"]
        for pod in pods:
            uid = pod["metadata"]["uid"]
            if uid not in running and "deletionTimestamp" not in pod["metadata"]:
                number += 1
                running[uid] = Pod(number, pod)
        known = {pod["metadata"]["uid"]: pod for pod in pods}
        ready = {}
        for uid, pod in list(running.items()):
            if uid in known and "deletionTimestamp" not in known[uid]["metadata"]:
                if pod.observe():
                    ready[uid] = pod.address
            elif pod.stop():
                del running[uid]
                if uid in known:
                    ask("DELETE", pod.path, {"gracePeriodSeconds": 0, "preconditions": {"uid": uid}})
        resolve(pods, ready)
        time.sleep(0.2)


main()
