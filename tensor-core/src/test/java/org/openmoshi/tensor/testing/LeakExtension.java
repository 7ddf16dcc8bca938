package org.openmoshi.tensor.testing;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Memory;
import org.openmoshi.tensor.Scope;

/**
 * Fails a test after which other bytes are live than before, or which leaves a scope or a recorder behind; the message
 * lists where the live tensors were made. Use with {@code @ExtendWith(LeakExtension.class)}.
 */
public final class LeakExtension implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LeakExtension.class);

    private record State(long liveBytes, int scopes, boolean tracing) {}

    @Override
    public void beforeEach(ExtensionContext context) {
        State state = new State(Memory.liveBytes(), Scope.depth(), Memory.isTracing());
        context.getStore(NAMESPACE).put("state", state);
        Memory.trace(true);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        State before = context.getStore(NAMESPACE).get("state", State.class);
        String report = Memory.report();
        Memory.trace(before.tracing);
        if (Engine.record(null) != null) {
            throw new AssertionError("the test left a recorder (an open tape) behind");
        }
        if (Scope.depth() != before.scopes) {
            throw new AssertionError("the test left " + (Scope.depth() - before.scopes) + " scopes open");
        }
        if (Memory.liveBytes() != before.liveBytes) {
            throw new AssertionError(
                    "the test leaked " + (Memory.liveBytes() - before.liveBytes) + " bytes of tensors:\n" + report);
        }
    }
}
