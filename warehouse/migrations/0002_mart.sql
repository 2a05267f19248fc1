-- The analyst's views: names joined in; every column means what its unit suffix says.
create schema mart;

create view mart.leg as
select
    f.* exclude (category_key, company_key, base_key, vehicle_class_key, carrier_key, lane_key,
        factor_key, method_version_key, topic_key, shipment_ref),
    category.id as category, company.id as company, base.id as production_base,
    vehicle_class.id as vehicle_class, carrier.id as carrier, lane.id as lane,
    factor.id as factor, method_version.id as method_version, topic.id as topic
from main.fact_leg_emission f
left join dim_category category using (category_key)
left join dim_company company using (company_key)
left join dim_base base using (base_key)
left join dim_vehicle_class vehicle_class using (vehicle_class_key)
left join dim_carrier carrier using (carrier_key)
left join dim_lane lane using (lane_key)
left join dim_factor factor using (factor_key)
left join dim_method_version method_version using (method_version_key)
left join dim_topic topic using (topic_key);

create view mart.order_route as
select
    f.* exclude (category_key, base_key, region_key, topic_key),
    category.id as category, base.id as production_base, region.id as region, topic.id as topic
from main.fact_order_route f
left join dim_category category using (category_key)
left join dim_base base using (base_key)
left join dim_region region using (region_key)
left join dim_topic topic using (topic_key);

create view mart.forklift_energy as
select
    f.* exclude (forklift_key, site_key, factor_key, topic_key),
    forklift.id as forklift, site.id as site, factor.id as factor, topic.id as topic
from main.fact_forklift_energy f
left join dim_forklift forklift using (forklift_key)
left join dim_site site using (site_key)
left join dim_factor factor using (factor_key)
left join dim_topic topic using (topic_key);

create view mart.takeback_event as
select
    f.* exclude (partner_key, region_key, category_key, topic_key),
    partner.id as partner, region.id as region, category.id as category, topic.id as topic
from main.takeback_event f
left join dim_partner partner using (partner_key)
left join dim_region region using (region_key)
left join dim_category category using (category_key)
left join dim_topic topic using (topic_key);

create view mart.takeback_order as
select
    f.* exclude (partner_key, region_key, category_key),
    partner.id as partner, region.id as region, category.id as category
from main.takeback_order f
left join dim_partner partner using (partner_key)
left join dim_region region using (region_key)
left join dim_category category using (category_key);

create view mart.takeback_unit as
select f.* exclude (partner_key, category_key), partner.id as partner, category.id as category
from main.takeback_unit f
left join dim_partner partner using (partner_key)
left join dim_category category using (category_key);

-- Original bytes may hold what a careless sender put in: they stay out of the analyst's view.
create view mart.dead_letter as
select dead_letter_id, broker_epoch, topic, partition, log_offset, event_id, reason, detail,
    recorded_at, published_at, state, resolved_at
from main.dead_letter;

create view mart.import_file as select * from main.import_file;

create view mart.import_line as select * from main.import_line;
