"""The default model in OpenCV's own runtime, with the same weights.

ONNX Runtime is not in Debian. OpenCV 4.6 reads neither rounded constants nor the pooling of the head, so the constants
are unfolded by python3-onnx, activations stay in single precision, the graph is cut at its three heads, and the last few
sums over 64 x 64 are numpy.
"""

import cv2
import numpy
import onnx
from onnx import numpy_helper

SIDE = 256
HEADS = ["/cls/Conv_output_0", "/lung/lung.2/Conv_output_0", "/ev/ev.2/Conv_output_0"]


def sigmoid(x):
    return 1 / (1 + numpy.exp(-x))


class Network:
    def __init__(self, path):
        model = onnx.load(path)
        self.known = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        self.before = {}
        nodes = [node for node in model.graph.node if not self.unfold(node)]
        needed, kept = set(HEADS), []
        for node in reversed(nodes):
            if needed & set(node.output):
                kept.insert(0, node)
                needed |= set(node.input)
        graph = onnx.helper.make_graph(
            kept,
            "heads",
            model.graph.input,
            [onnx.helper.make_tensor_value_info(name, 1, [1, 1, 64, 64]) for name in HEADS],
            [numpy_helper.from_array(self.known[name], name) for name in needed if name in self.known],
        )
        cut = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 11)])
        self.net = cv2.dnn.readNetFromONNX(numpy.frombuffer(cut.SerializeToString(), numpy.uint8))
        blur = next(node for node in model.graph.node if node.output[0] == "/Conv_output_0")
        self.blur = self.known[blur.input[1]][0, 0]

    def unfold(self, node):
        """Computes what depends on constants alone; true when the node is done with."""
        if node.op_type == "Constant":
            self.known[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
            return True
        for at, name in enumerate(node.input):
            node.input[at] = self.before.get(name, name)
        if not all(name in self.known for name in node.input):
            if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
                self.before[node.output[0]] = node.input[0]
                return True
            return False
        inputs = [self.known[name] for name in node.input]
        if node.op_type == "DequantizeLinear":
            codes, scale, _ = inputs
            self.known[node.output[0]] = codes.astype(numpy.float32) * scale.reshape(-1, *[1] * (codes.ndim - 1))
        elif node.op_type == "Cast" and node.attribute[0].i == onnx.TensorProto.FLOAT:
            self.known[node.output[0]] = inputs[0].astype(numpy.float32)
        elif node.op_type == "Mul":
            self.known[node.output[0]] = inputs[0] * inputs[1]
        elif node.op_type == "Reshape":
            self.known[node.output[0]] = inputs[0].reshape(inputs[1])
        else:
            return False
        return True

    def constant(self, number):
        return float(self.known["/Constant_%soutput_0" % (f"{number}_" if number else "")])

    def evidence(self, grey):
        """Mean greys, 256 x 256, 0 to 255 -> evidence, 64 x 64, 0 to 1."""
        code = numpy.rint(grey / 255 * 1023).astype(int)
        counts = numpy.bincount(code.ravel(), minlength=1024)
        rank = (2 * (numpy.cumsum(counts) - counts / 2) / code.size - 1).astype(numpy.float32)
        self.net.setInput(rank[code].reshape(1, 1, SIDE, SIDE))
        cls, lung, logit = (head[0, 0] for head in self.net.forward(HEADS))
        attention = sigmoid(cls) + self.constant(0)
        pooled = (cls * attention / attention.sum()).sum()
        probability = sigmoid(pooled * self.constant(1) + self.constant(2))
        gate = numpy.clip((probability - self.constant(12)) / self.constant(13), 0, 1)
        gate = gate * gate * (3 - 2 * gate)
        smooth = cv2.filter2D(sigmoid(logit) * sigmoid(lung), -1, self.blur, borderType=cv2.BORDER_CONSTANT)
        return numpy.clip((gate * smooth / self.constant(20) - self.constant(21)) / self.constant(22), 0, 1)
