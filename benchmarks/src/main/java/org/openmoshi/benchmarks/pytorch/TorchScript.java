package org.openmoshi.benchmarks.pytorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Functions written in PyTorch's own language and run by PyTorch, operation by operation.
 *
 * <p>DJL's array interface lacks transposed convolution, fused attention and much else that a PyTorch user has, and a
 * peer that had to go without them would be a weak one. So the peers are TorchScript sources, wrapped into the archive
 * that {@code torch.jit.save} would write. The graph optimizer is off: this is what an eager program runs, without the
 * interpreter of Python in between.
 */
public final class TorchScript implements AutoCloseable {
    /** DJL's system property for the number of threads inside an operation. */
    public static final String THREADS_PROPERTY = "ai.djl.pytorch.num_threads";

    private static final String MODULE = """
            class Peer(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool

              # The gradients of y's inputs for y's own gradient g.
              def backward(self, y: Tensor, inputs: List[Tensor], g: Tensor) -> List[Tensor]:
                found = annotate(List[Tensor], [])
                for gradient in torch.grad([y], inputs, annotate(List[Optional[Tensor]], [g])):
                  found.append(unchecked_cast(Tensor, gradient))
                return found

            """;

    private final PtNDManager manager;
    private final PtSymbolBlock module;

    private TorchScript(String functions) {
        manager = (PtNDManager) NDManager.newBaseManager("PyTorch");
        JniUtils.setGraphExecutorOptimize(false);
        checkThreads();
        try {
            module = JniUtils.loadModule(manager, new ByteArrayInputStream(archive(functions)), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException("PyTorch could not read the archive made of: " + functions, e);
        }
    }

    /**
     * Compiles functions. Each is a method of one module and may call the others through {@code self}; beside them
     * stands {@code self.backward(y, inputs, g)}, which gives the gradients of {@code inputs}.
     *
     * @throws ai.djl.engine.EngineException if the source does not compile, with PyTorch's own message
     */
    public static TorchScript compile(String functions) {
        return new TorchScript(functions);
    }

    /** Compiles the functions of a resource beside this class, for example {@code mimi.py}. */
    public static TorchScript load(String resource) {
        try (InputStream in = TorchScript.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("no resource " + resource + " beside " + TorchScript.class);
            }
            return new TorchScript(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("resource " + resource + " cannot be read", e);
        }
    }

    /** A comparison with another number of threads than was asked for would be worthless. */
    private static void checkThreads() {
        Integer asked = Integer.getInteger(THREADS_PROPERTY);
        if (asked != null && asked != JniUtils.getNumThreads()) {
            throw new IllegalStateException(
                    "PyTorch runs " + JniUtils.getNumThreads() + " threads where " + asked + " were asked for");
        }
    }

    /** Where arrays for this module are made; they live until it is closed. */
    public NDManager manager() {
        return manager;
    }

    /** A tensor of these values, row-major. */
    public NDArray copy(float[] values, long... shape) {
        return manager.create(values, new Shape(shape));
    }

    /** The arguments of a call, put together once so that a measured call does not pay for it. */
    public NDList call(String function, NDArray... inputs) {
        NDArray name = manager.create(0f);
        name.setName("module_method:" + function);
        NDList arguments = new NDList(name);
        for (NDArray input : inputs) {
            arguments.add(input);
        }
        return arguments;
    }

    /** Calls a function with operations recorded for gradients; the caller closes the result. */
    public NDList train(NDList call) {
        JniUtils.setGradMode(true); // per thread, and DJL leaves it off
        return IValueUtils.forward(module, call, true);
    }

    /** Calls a function as under {@code torch.inference_mode()}; the caller closes the result. */
    public NDList infer(NDList call) {
        return IValueUtils.forward(module, call, false);
    }

    @Override
    public void close() {
        module.close();
        manager.close();
    }

    /** A TorchScript archive: the pickled module object (it has no state but {@code training}) and its source. */
    private static byte[] archive(String functions) throws IOException {
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        object.write(new byte[] {(byte) 0x80, 2}); // pickle protocol 2
        object.write(ascii("c__torch__\nPeer\n)")); // class, no arguments
        object.write(0x81); // create it
        object.write(ascii("}X"));
        object.write(new byte[] {8, 0, 0, 0});
        object.write(ascii("training"));
        object.write(0x88); // True
        object.write(ascii("sb.")); // set the item, build the state, stop

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "peer/data.pkl", object.toByteArray());
            store(zip, "peer/code/__torch__.py", ascii(MODULE + functions.indent(2)));
            store(zip, "peer/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'}); // an empty tuple
            store(zip, "peer/version", ascii("3\n"));
        }
        return bytes.toByteArray();
    }

    /** PyTorch reads entries in place, so they must not be compressed. */
    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
