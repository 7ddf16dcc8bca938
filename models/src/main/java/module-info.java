/** Layers, the Mimi codec, WavLM, and checkpoints. */
module org.openmoshi.models {
    requires transitive org.openmoshi.autograd;
    requires transitive com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.yaml;

    exports org.openmoshi.models.checkpoint;
    exports org.openmoshi.models.config;
    exports org.openmoshi.models.discriminator;
    exports org.openmoshi.models.golden;
    exports org.openmoshi.models.mimi;
    exports org.openmoshi.models.moshi;
    exports org.openmoshi.models.nn;
    exports org.openmoshi.models.wavlm;
}
